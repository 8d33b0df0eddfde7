"""Arrays to measures and detections. No I/O, no clock, nothing of the other packages."""
