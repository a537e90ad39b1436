/**
 * One run: from the data set and a configuration to trained networks. `prepare` goes through the phases that come before training (CLIP, features, labels,
 * partition, prompts, capture); `train` iterates until the configured length is reached. Both rest and end at the gates of `control`. What has been
 * reached can be exported at any time between two iterations.
 */
