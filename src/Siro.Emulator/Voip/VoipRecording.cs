namespace Siro.Emulator.Voip;

/// <summary>How a telephone company guards its media.</summary>
/// <param name="Header">The header's name, such as <c>Authorization</c>.</param>
/// <param name="Value">Its exact value.</param>
public sealed record VoipAuth(string Header, string Value)
{
    public static VoipAuth Basic(string user, string password) =>
        new("Authorization", "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user}:{password}")));

    public static VoipAuth Bearer(string token) => new("Authorization", "Bearer " + token);
}

/// <summary>A call's recording as a telephone company serves it, well or badly.</summary>
public sealed class VoipRecording(string id, byte[] bytes, string contentType = "audio/mpeg")
{
    private int _reads;

    public string Id => id;

    public byte[] Bytes => bytes;

    public string ContentType => contentType;

    /// <summary>Requests without it get 401.</summary>
    public VoipAuth? Auth { get; init; }

    /// <summary>The first requests find it not ready yet.</summary>
    public int NotReadyTimes { get; init; }

    /// <summary>What a request gets while it is not ready: 404, 409, 202, or 200 with an empty body.</summary>
    public int NotReadyStatus { get; init; } = 404;

    /// <summary>How long a URL that was given out works; null for ever. Past it: 403.</summary>
    public TimeSpan? UrlLifetime { get; init; }

    /// <summary>Serves this text with 200 instead of the audio, such as a login page.</summary>
    public string? InsteadOfAudio { get; init; }

    /// <summary>Answers 302 to this address.</summary>
    public Uri? RedirectTo { get; init; }

    /// <summary>Sends no more than this each second; 0 is full speed.</summary>
    public int BytesPerSecond { get; init; }

    /// <summary>Leaves Content-Length out.</summary>
    public bool UnknownLength { get; init; }

    /// <summary>Cuts the connection after this many bytes; 0 never.</summary>
    public int CutAfter { get; init; }

    /// <summary>How often it was asked for.</summary>
    public int Reads => Volatile.Read(ref _reads);

    internal int Read() => Interlocked.Increment(ref _reads);
}

/// <summary>A finished call as the telephone company's own lists and notifications show it.</summary>
public sealed record VoipCall
{
    /// <summary>The provider's id of the call; digits where the provider uses numbers.</summary>
    public required string Id { get; init; }

    /// <summary>Its recording; null when it was not recorded.</summary>
    public string? RecordingId { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>The rep called out, or was called.</summary>
    public bool Outbound { get; init; } = true;

    /// <summary>E.164.</summary>
    public string CustomerPhone { get; init; } = "+15557654321";

    public string CustomerName { get; init; } = "Customer";

    /// <summary>E.164.</summary>
    public string RepPhone { get; init; } = "+15550000001";

    public string RepName { get; init; } = "Rep No. 1";

    public string RepEmail { get; init; } = "rep1@example.com";

    public string From => Outbound ? RepPhone : CustomerPhone;

    public string To => Outbound ? CustomerPhone : RepPhone;
}
