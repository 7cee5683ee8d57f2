using Plumbline.Learning.Models;

namespace Plumbline.Learning.Perceptrons;

/// <summary>What a perceptron is fitted with.</summary>
/// <param name="Epochs">Passes over which the rates fall.</param>
/// <param name="Rate">Of the layers' steps (Adam) at its highest; more than 0.</param>
/// <param name="EmbeddingRate">Of the embeddings' steps (stochastic gradient descent, on the sum of losses) at its highest; more than 0.</param>
/// <param name="Penalty">Σ loss + penalty/2 ‖embeddings‖²: the inverse of a linear model's C.</param>
/// <param name="Dropout">Share of a row's n-grams that are left out at random in each visit (Iyyer et al. 2015); 0 to less than 1.</param>
/// <param name="ClassWeights">What each class's loss is multiplied by; null for 1.</param>
/// <param name="NgramScales">Squared scale of each n-gram, which enters as the metric of its embedding's steps and penalty; null for 1.</param>
internal sealed record PerceptronOptions(
    PerceptronShape Shape, int Epochs, double Rate, double EmbeddingRate, double Penalty, double Dropout, float[]? ClassWeights = null, float[]? NgramScales = null);
