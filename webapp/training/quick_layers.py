"""Layers that TensorFlow trains slowly on a CPU, replaced for the training alone.

Measured on EfficientNet-Lite0 at 96 px: 100 pictures a second become 150. Keras writes batch
normalisation as a dozen element-wise operations, whose memory traffic outweighs the convolutions;
and depthwise convolutions have no fast half-width kernel.
"""

from typing import Any

import keras

# (N, H, W, C); the fused operation takes nothing else.
PICTURES_RANK = 4


def with_quick_layers(network: keras.Model) -> keras.Model:
    """Return the network for training: under TensorFlow with quick layers, else unchanged.

    Weights, and the files they are saved in, are those of the plain network.
    """
    if keras.backend.backend() != "tensorflow":
        return network
    quick = keras.models.clone_model(network, clone_function=_quick)
    quick.set_weights(network.get_weights())
    return quick


# Keras names the places in a weights file after the classes of the layers: the name must stay.
@keras.saving.register_keras_serializable("evenkeel")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' layer, with TensorFlow's fused operation over the last axis while it learns.

    Its moving variance takes up the unbiased batch variance, as PyTorch's does.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise by the batch while learning, by the moving figures otherwise."""
        if not training or not self.trainable or len(inputs.shape) != PICTURES_RANK:
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        outputs, mean, variance, *_ = tf.compat.v1.nn.fused_batch_norm(
            inputs,
            keras.ops.convert_to_tensor(self.gamma, "float32"),
            keras.ops.convert_to_tensor(self.beta, "float32"),
            epsilon=self.epsilon,
            is_training=True,
        )
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + batch * (1.0 - self.momentum))
        return outputs


def _quick(layer: keras.layers.Layer) -> keras.layers.Layer:
    config = layer.get_config()
    if type(layer) is keras.layers.BatchNormalization and layer.center and layer.scale:
        return BatchNormalization.from_config(config)
    if type(layer) is keras.layers.DepthwiseConv2D:
        config["dtype"] = "float32"
    return type(layer).from_config(config)
