namespace Siro.Gateway.Uploads;

/// <summary>Times that are no settings; tests shorten them.</summary>
internal sealed record UploadTimings
{
    /// <summary>How long a repeat waits for the first request with its key, before 409.</summary>
    public TimeSpan RepeatWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often it looks.</summary>
    public TimeSpan RepeatPoll { get; init; } = TimeSpan.FromMilliseconds(200);
}
