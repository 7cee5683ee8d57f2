namespace Plumbline.Server.Admission;

/// <summary>A delay that was looked at again and again: the lesser of the last two looks, since only a delay that stands is one (Nichols &amp; Jacobson 2012). For one observer at a time; read by any.</summary>
internal sealed class StandingDelay
{
    private long _last;
    private long _ticks;

    public TimeSpan Value => TimeSpan.FromTicks(Volatile.Read(ref _ticks));

    public void Look(TimeSpan delay)
    {
        Volatile.Write(ref _ticks, Math.Min(delay.Ticks, _last));
        Volatile.Write(ref _last, delay.Ticks);
    }

    /// <summary>What it would be after one more look.</summary>
    public TimeSpan After(TimeSpan delay) => TimeSpan.FromTicks(Math.Min(delay.Ticks, Volatile.Read(ref _last)));
}
