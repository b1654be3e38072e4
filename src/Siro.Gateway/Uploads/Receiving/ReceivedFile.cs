using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Spooling;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads.Receiving;

/// <summary>
/// A whole recording in the spool, ready to become an upload. Whoever holds it disposes it, which aborts a PUT that runs ahead and frees
/// the spool.
/// Calls make one from a fetched recording; the endpoint from a form.
/// </summary>
internal sealed class ReceivedFile : IAsyncDisposable
{
    public required SpoolFile Spool { get; init; }

    public required AudioFormat Format { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Bytes before the first frame that are neither audio nor a tag.</summary>
    public int SkippedBytes { get; init; }

    /// <summary>As the caller named it; for people only.</summary>
    public string? FileName { get; init; }

    /// <summary>The PUT that began while the file was arriving, where one did.</summary>
    public CutThrough? CutThrough { get; set; }

    public async ValueTask DisposeAsync()
    {
        if (CutThrough is not null)
        {
            await CutThrough.DisposeAsync();
        }

        await Spool.DisposeAsync();
    }
}
