mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "shop"
}

run "a_dashboard_and_no_alarms" {
  assert {
    condition     = output.dashboard_name == "shop-eu-central-1" && length(aws_cloudwatch_metric_alarm.this) == 0
    error_message = "Dashboards are the account's, of all regions: two pools of one name must not share one. Alarms need a topic."
  }
}
