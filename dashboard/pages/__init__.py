"""What all pages share: who may see them, how they act, and how they show values."""
