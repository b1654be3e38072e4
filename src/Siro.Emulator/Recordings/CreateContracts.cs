using Siro.Emulator.Validation;

namespace Siro.Emulator.Recordings;

/// <summary>The three published contracts of "create a recording", which disagree.</summary>
[Flags]
public enum CreateContracts
{
    None = 0,

    /// <summary><c>POST /v1/core/recordings/upload</c> with fileUrl, contactName, contactPhone: the newest OpenAPI file.</summary>
    FileUrl = 1,

    /// <summary><c>POST /v1/core/recordings/upload</c> with downloadUrl, customerName, customerPhone: the reference page.</summary>
    DownloadUrl = 2,

    /// <summary><c>POST /v2/core/recordings</c> with fileUrl, customerName, customerPhone: the phone guide.</summary>
    V2 = 4,
}

/// <summary>What sets one contract apart.</summary>
/// <param name="ConnectionNeedsObjects">A connection without CRM objects is refused (the newest file says so).</param>
internal sealed record CreateContract(CreateContracts Kind, string Name, string Path, string FileField, string CustomerName,
    string CustomerPhone, bool ConnectionNeedsObjects)
{
    public static readonly CreateContract[] All =
    [
        new(CreateContracts.FileUrl, "file-url", "/v1/core/recordings/upload", "fileUrl", "contactName", "contactPhone", true),
        new(CreateContracts.DownloadUrl, "download-url", "/v1/core/recordings/upload", "downloadUrl", "customerName", "customerPhone",
            false),
        new(CreateContracts.V2, "v2", "/v2/core/recordings", "fileUrl", "customerName", "customerPhone", false),
    ];

    public Shape Body { get; } = Shape.Of(strict: true,
        (FileField, Shape.Text(1)),
        ("fileType", Shape.OneOf("mp3", "aac", "wav")),
        ("title?", Shape.Text()),
        ("userId?", Shape.Text()),
        ("userEmail?", Shape.Text()),
        ("userPhone?", Shape.Text()),
        ("organizationId?", Shape.Text()),
        ("conversationType?", Shape.Text()),
        ("dateCreated?", Shape.Date),
        ("discoverable?", Shape.Flag),
        ("integrationConnectionId?", Shape.Text(1)),
        ("crmObjects?", Shape.ListOf(Shape.Of(strict: false,
            ("objectType", Shape.OneOf("Opportunity", "Account", "Contact", "Lead", "Engagement", "Event", "ServiceAppointment")),
            ("objectId", Shape.Text(1))))),
        (CustomerName + "?", Shape.Text()),
        (CustomerPhone + "?", Shape.Text()),
        ("result?", Shape.OneOf("closed", "not closed", "in progress")));
}
