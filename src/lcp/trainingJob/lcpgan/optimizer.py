"""Adam in the studio's form: epsilon after the bias correction; a gradient that is not finite changes nothing."""

import numpy as np
import torch


class Adam:
    """Moments of one network's parameters; `progress` is [1 - beta1^t, 1 - beta2^t, t, rate].

    settings: rate, beta1, beta2, epsilon. gains: of each parameter by name. One that is stored times its gain g moves by g
    times the rate, with epsilon / g: what Adam does to the bare parameter, times g.
    """

    def __init__(self, parameters, arrays, settings, gains):
        self.names = list(parameters.raw)
        self.parameters = parameters.trainable()
        device = self.parameters[0].device
        stored = lambda kind: [torch.from_numpy(arrays["%s.%s" % (kind, name)]).to(device) for name in self.names]
        self.first, self.second = stored("exp_avg"), stored("exp_avg_sq")
        self.progress = arrays["progress"].astype(np.float64)
        self.settings = settings
        self.gains = [gains[name] for name in self.names]

    @torch.no_grad()
    def step(self, gradients, scale=1.0):
        """One step with the gradients of the parameters, in order. scale: factor on the rate."""
        rate, beta1, beta2, epsilon = self.settings
        rate = rate * scale
        self.progress[0] = np.float32(self.progress[0] * beta1 + (1 - beta1))
        self.progress[1] = np.float32(self.progress[1] * beta2 + (1 - beta2))
        self.progress[2:] = self.progress[2] + 1, rate
        # One question for all of them: each makes the processor wait for the device.
        clean = bool(torch.stack([torch.isfinite(g).all() for g in gradients]).all())
        for p, g, m, v, gain in zip(self.parameters, gradients, self.first, self.second, self.gains):
            if not clean:
                good = torch.isfinite(g)
                held = [t.clone() for t in (p, m, v)]
                g = torch.where(good, g, torch.zeros_like(g))
            m.mul_(beta1).add_(g, alpha=1 - beta1)
            v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
            deviation = (v / self.progress[1]).sqrt_().add_(epsilon / gain)
            p.addcdiv_(m / self.progress[0], deviation, value=-rate * gain)
            if not clean:
                for now, before in zip((p, m, v), held):
                    now.copy_(torch.where(good, now, before))

    def arrays(self):
        """The whole state by name, as NumPy arrays."""
        named = {"progress": self.progress.astype(np.float32)}
        for kind, moments in (("exp_avg", self.first), ("exp_avg_sq", self.second)):
            named.update({"%s.%s" % (kind, n): m.cpu().numpy().copy() for n, m in zip(self.names, moments)})
        return named
