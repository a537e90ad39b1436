"""LCP-GAN in PyTorch: the studio's adversarial training, from a prepared run to a checkpoint that the studio opens."""
