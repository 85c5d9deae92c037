"""For those who work on this repository: the local AWS, the demo, generators."""
