namespace Plumbline.Storage;

/// <summary>What went wrong, as far as a caller can act on it; HTTP and CLI map these to status and exit codes.</summary>
public enum MetadataError
{
    /// <summary>What was named does not exist (404).</summary>
    NotFound,

    /// <summary>It exists already, or its state forbids the change (409).</summary>
    Conflict,

    /// <summary>A name or value breaks a rule (400).</summary>
    Invalid,

    /// <summary>Locked for too long, disk full, not writable: the same call may succeed later (503).</summary>
    Unavailable,

    /// <summary>The file is not a metadata store, or is broken (500).</summary>
    Damaged,

    /// <summary>The store was written by a newer or a different Plumbline (500).</summary>
    SchemaMismatch,
}
