using Plumbline.Features;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Families;

/// <summary>What a fit made, over the columns of the matrix that it was fitted on. Immutable and thread-safe.</summary>
internal interface IFittedModel
{
    /// <summary>Steps (epochs, rounds) that it has: what <see cref="FitRequest.Steps"/> repeats.</summary>
    int Steps { get; }

    /// <summary>Whether its scores have no natural class prior of their own, as those of weighted classes and margins: calibration then restores it.</summary>
    bool LosesPrior { get; }

    /// <summary>Scores of every row by every class, n × K row-major: those that the <see cref="Classifier"/> over <see cref="Parameters"/> gives the texts of the rows, up to rounding.</summary>
    float[] Scores(FeatureMatrix matrix, int threads);

    /// <summary>A model as large and as fast as this one was after so many of its steps; this one where steps change neither.</summary>
    IFittedModel SizedAs(int steps) => this;

    /// <summary>The model as it is written and as it scores texts.</summary>
    /// <param name="features">Of the matrix that it was fitted on.</param>
    ModelParameters Parameters(FittedFeatures features);
}
