using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>A kind of model that can compete. Stateless and thread-safe; adding one means writing it and naming it in <see cref="ModelFamilies"/>.</summary>
internal interface IModelFamily
{
    /// <summary>As users name it: lower case, words joined by <c>_</c>.</summary>
    string Name { get; }

    /// <summary>Rank of its simplicity, 1 the simplest: of models that noise cannot tell apart the simplest is chosen.</summary>
    int Complexity { get; }

    /// <summary>Why it cannot be fitted on this machine and how to mend that; null where it can.</summary>
    string? Unavailable => null;

    /// <summary>No fit has more steps; 1 where a fit is one step.</summary>
    int MostSteps => 1;

    /// <summary>Steps before which a fit says nothing yet of where it will end, so that none is stopped.</summary>
    int LeastSteps => 1;

    /// <summary>Whether every step makes the model able to say more, as rounds and epochs do that may be too many: the best step is then kept, not the last.</summary>
    bool StepsAddCapacity => false;

    /// <summary>What a study tries. Its first trial is <see cref="Default"/>.</summary>
    SearchSpace Space(TrainingShape shape);

    /// <summary>The parameters that are good without a search; those left out are drawn by the study.</summary>
    TrialParameters Default { get; }

    /// <summary>Bytes that one fit takes at most, with what it makes that others then share, but without the matrices: an estimate by which fits are held back that would not fit in memory together.</summary>
    long Memory(TrainingShape shape);

    /// <summary>Fits one trial. The same request gives the same model, whatever the number of threads.</summary>
    /// <returns>Null where <see cref="FitRequest.Intermediate"/> stopped it.</returns>
    /// <exception cref="OperationCanceledException">The request's cancellation was asked for.</exception>
    IFittedModel? Fit(FitRequest request);
}
