"""What stands below the tabs, one file each."""
