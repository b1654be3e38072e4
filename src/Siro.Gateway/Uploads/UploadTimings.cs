namespace Siro.Gateway.Uploads;

/// <summary>Times that are no settings; tests shorten them.</summary>
internal sealed record UploadTimings
{
    /// <summary>How long a repeat waits for the first request with its key, before 409.</summary>
    public TimeSpan RepeatWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often it looks.</summary>
    public TimeSpan RepeatPoll { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a PUT that ran ahead may still take before the upload is stored without its end.</summary>
    public TimeSpan AheadWait { get; init; } = TimeSpan.FromMilliseconds(300);
}
