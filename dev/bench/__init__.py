"""`make bench`: what the module costs beside what people build by hand, measured side by side in one run."""
