namespace Siro.Emulator.Validation;

/// <summary>Ways in which Siro's contracts may change without notice.</summary>
[Flags]
public enum ContractDrift
{
    /// <summary>As published; also after a rollback.</summary>
    None = 0,

    /// <summary>Recordings on external come without <c>title</c>, signed URLs without <c>expiresAt</c>.</summary>
    MissingField = 1,

    /// <summary>Recordings have a <c>result</c> and a <c>processingStatus</c> that are not published.</summary>
    NewValue = 2,

    /// <summary>A creation is answered by 200 in place of 201.</summary>
    ChangedStatus = 4,

    /// <summary>Signed URLs and creations ask for a field <c>region</c> that nobody knows: uploads fail.</summary>
    RequiredField = 8,
}

/// <summary>The name of the signed-URL request's field for the size.</summary>
[Flags]
public enum SizeFields
{
    /// <summary>As the reference says.</summary>
    FileSize = 1,

    /// <summary>As a published skill says.</summary>
    FileSizeInBytes = 2,

    /// <summary>Either.</summary>
    Both = FileSize | FileSizeInBytes,
}
