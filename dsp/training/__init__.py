"""How the classifier of ``dsp.models`` was made: ``python -m dsp.training``, extra ``train``. The node needs none."""
