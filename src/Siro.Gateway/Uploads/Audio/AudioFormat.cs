namespace Siro.Gateway.Uploads.Audio;

/// <summary>The formats that Siro takes (its phone integration guide: .mp3, .aac, .wav).</summary>
internal enum AudioFormat
{
    Mp3,
    Aac,
    Wav,
}

/// <summary>Names of formats, and what a declared name or type says about one.</summary>
internal static class AudioFormats
{
    private static readonly Dictionary<string, AudioFormat> MediaTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["audio/mpeg"] = AudioFormat.Mp3,
        ["audio/mp3"] = AudioFormat.Mp3,
        ["audio/x-mp3"] = AudioFormat.Mp3,
        ["audio/mpeg3"] = AudioFormat.Mp3,
        ["audio/x-mpeg"] = AudioFormat.Mp3,
        ["audio/x-mpeg-3"] = AudioFormat.Mp3,
        ["audio/mpg"] = AudioFormat.Mp3,
        ["audio/x-mpg"] = AudioFormat.Mp3,
        ["audio/aac"] = AudioFormat.Aac,
        ["audio/x-aac"] = AudioFormat.Aac,
        ["audio/aacp"] = AudioFormat.Aac,
        ["audio/vnd.dlna.adts"] = AudioFormat.Aac,
        ["audio/x-hx-aac-adts"] = AudioFormat.Aac,
        ["audio/wav"] = AudioFormat.Wav,
        ["audio/x-wav"] = AudioFormat.Wav,
        ["audio/wave"] = AudioFormat.Wav,
        ["audio/x-pn-wav"] = AudioFormat.Wav,
        ["audio/vnd.wave"] = AudioFormat.Wav,
    };

    private static readonly Dictionary<string, AudioFormat> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        [".mp3"] = AudioFormat.Mp3,
        [".aac"] = AudioFormat.Aac,
        [".adts"] = AudioFormat.Aac,
        [".wav"] = AudioFormat.Wav,
        [".wave"] = AudioFormat.Wav,
    };

    /// <summary>Endings that promise something else than the three formats. Any other unknown ending promises nothing.</summary>
    private static readonly HashSet<string> OtherExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".m4a", ".mp4", ".m4b", ".ogg", ".oga", ".opus", ".flac", ".wma", ".amr", ".aif", ".aiff", ".webm", ".mp2", ".ac3",
        ".zip", ".gz", ".html", ".htm", ".json", ".xml", ".txt", ".pdf", ".exe",
    };

    /// <summary>Siro's <c>fileType</c>: <c>mp3</c>, <c>aac</c>, <c>wav</c>.</summary>
    public static string Name(this AudioFormat format) => format switch
    {
        AudioFormat.Mp3 => "mp3",
        AudioFormat.Aac => "aac",
        _ => "wav",
    };

    /// <summary>The format of that name, without case; null for any other.</summary>
    public static AudioFormat? Parse(string? name) => name?.ToLowerInvariant() switch
    {
        "mp3" => AudioFormat.Mp3,
        "aac" => AudioFormat.Aac,
        "wav" => AudioFormat.Wav,
        _ => null,
    };

    /// <summary>
    /// True when a declared media type promises something else. None at all, and the octet-stream that libraries send, promise nothing.
    /// </summary>
    public static bool ContradictedByMediaType(this AudioFormat format, string? mediaType) =>
        !string.IsNullOrEmpty(mediaType)
        && !mediaType.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase)
        && !mediaType.Equals("binary/octet-stream", StringComparison.OrdinalIgnoreCase)
        && !(MediaTypes.TryGetValue(mediaType, out var declared) && declared == format);

    /// <summary>True when the file's name ends in another format's ending.</summary>
    public static bool ContradictedByFileName(this AudioFormat format, string? fileName)
    {
        var extension = Path.GetExtension(fileName ?? "");
        return Extensions.TryGetValue(extension, out var declared) ? declared != format : OtherExtensions.Contains(extension);
    }
}
