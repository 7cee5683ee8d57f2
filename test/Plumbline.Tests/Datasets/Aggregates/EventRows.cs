using FsCheck;
using FsCheck.Fluent;
using Plumbline.Datasets.Aggregates;

namespace Plumbline.Tests.Datasets.Aggregates;

/// <summary>One record as a test makes it; null is absent.</summary>
public sealed record EventRow(int? User, int? Item, int Characters, long? Time, long? Label, long? LabelTime);

/// <summary>Few entities and times, so that equal times and shared histories are the rule.</summary>
public static class EventRows
{
    private const long Hour = 3_600_000_000;

    public static Arbitrary<EventRow[]> Rows() => Row().ArrayOf().ToArbitrary();

    private static Gen<EventRow> Row() =>
        from user in Optional(Gen.Choose(0, 4))
        from item in Optional(Gen.Choose(0, 2))
        from characters in Gen.Choose(0, 5000)
        from time in Optional(Gen.OneOf(Gen.Choose(-3, 12).Select(hour => hour * Hour), Gen.Choose(0, 1_000_000).Select(part => part * 7_919L)))
        from label in Optional(Gen.Choose(-5, 5).Select(half => half * LabelValue.Scale / 2))
        from delay in Optional(Gen.Choose(-2, 6))
        select new EventRow(user, item, characters, time, label, delay is null ? null : (time ?? 0) + (delay * Hour));

    private static Gen<T?> Optional<T>(Gen<T> values)
        where T : struct => Gen.Frequency((5, values.Select(value => (T?)value)), (1, Gen.Constant<T?>(null)));
}
