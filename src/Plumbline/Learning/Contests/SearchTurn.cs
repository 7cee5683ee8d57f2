namespace Plumbline.Learning.Contests;

/// <summary>What a family may use in a contest.</summary>
/// <param name="Time">Trials that run after this long are broken off, unless none is complete; null: no limit; 0: only the first is run.</param>
/// <param name="Threads">Trials at a time.</param>
/// <param name="Told">How the family stands, whenever that changes.</param>
/// <param name="Enough">Ends the search with what was found so far.</param>
internal sealed record SearchTurn(TimeSpan? Time, int Threads, Action<FamilyStanding> Told, CancellationToken Enough);
