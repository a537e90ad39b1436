"""What changes over a run: lambda, lambda_clip and the moving average's decay. Positions in kimg of reals shown."""


def images_per_iteration(config):
    return config["batch"] * config["discriminatorSteps"]


def total_iterations(config):
    return max(1, -(-int(round(config["kimg"] * 1000 * 1000)) // (images_per_iteration(config) * 1000)))


def kimg_at(config, iteration):
    return iteration * images_per_iteration(config) / 1000


def _ramp(position, start, length):
    if position < start:
        return 0.0
    return min(1.0, (position - start) / length) if length > 0 else 1.0


def conditioning_weight(config, kimg):
    """lambda in [0, 1]."""
    if config["ablation"]["conditionFromStart"]:
        return 1.0
    start, end = config["conditioning"]["rampStart"], config["conditioning"]["rampEnd"]
    return _ramp(kimg, start * config["kimg"], max(0, end - start) * config["kimg"])


def clip_weight(config, kimg):
    """lambda_clip in [0, clipHead.weight]."""
    head = config["clipHead"]
    start = min(head["startMaxKimg"], head["startFraction"] * config["kimg"])
    return head["weight"] * _ramp(kimg, start, head["rampFraction"] * config["kimg"])


def ema_decay(config, iteration):
    """Of the update that ends `iteration`; 0, a copy, until ema.startKimg, and where nothing was shown to ramp up from."""
    ema = config["ema"]
    if kimg_at(config, iteration + 1) <= ema["startKimg"]:
        return 0.0
    ramp = ema.get("rampUp", 0)
    half_life = min(ema["halfLifeKimg"], ramp * kimg_at(config, iteration)) if ramp > 0 else ema["halfLifeKimg"]
    return 0.5 ** (images_per_iteration(config) / 1000 / half_life) if half_life > 0 else 0.0
