"""Tests of what makes the classifier. Those that need PyTorch (extra ``train``) skip without it."""
