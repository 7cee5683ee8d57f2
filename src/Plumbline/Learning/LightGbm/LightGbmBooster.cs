using System.Runtime.InteropServices;

namespace Plumbline.Learning.LightGbm;

/// <summary>Trees that grow round by round over a data set, which must outlive it. Not thread-safe.</summary>
internal sealed unsafe class LightGbmBooster : SafeHandle
{
    private byte[] _text = new byte[1 << 16];

    public LightGbmBooster()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <exception cref="LightGbmException">The library refuses, for instance a parameter.</exception>
    public static LightGbmBooster Create(LightGbmDataset train, string parameters)
    {
        LightGbmLibrary.Check(LightGbmLibrary.BoosterCreate(train, parameters, out var booster), $"begin a fit with {parameters}");
        return booster;
    }

    /// <summary>Adds one tree an output, fitted by Newton's step to first and second derivatives of the loss, output-major.</summary>
    /// <returns>False, and no trees, where none can be split any more.</returns>
    public bool Grow(ReadOnlySpan<float> gradients, ReadOnlySpan<float> hessians)
    {
        fixed (float* gradient = gradients, hessian = hessians)
        {
            LightGbmLibrary.Check(LightGbmLibrary.BoosterUpdate(this, gradient, hessian, out var isFinished), "grow trees");
            return isFinished == 0;
        }
    }

    /// <summary>Sums of the trees' values for the training rows, output-major.</summary>
    public void TrainScores(Span<double> scores)
    {
        fixed (double* score = scores)
            LightGbmLibrary.Check(LightGbmLibrary.BoosterTrainScores(this, 0, out _, score), "tell the scores of the training rows");
    }

    /// <summary>The trees of some rounds as LightGBM writes them; valid until the next call.</summary>
    public ReadOnlySpan<byte> Text(int firstRound, int rounds)
    {
        while (true)
        {
            long length;
            fixed (byte* text = _text)
                LightGbmLibrary.Check(LightGbmLibrary.BoosterSave(this, firstRound, rounds, 0, _text.Length, out length, text), $"write {rounds} rounds from round {firstRound} on");
            if (length <= _text.Length)
                return _text.AsSpan(0, (int)length - 1);
            _text = new byte[checked((int)length)];
        }
    }

    protected override bool ReleaseHandle() => LightGbmLibrary.BoosterFree(handle) == 0;
}
