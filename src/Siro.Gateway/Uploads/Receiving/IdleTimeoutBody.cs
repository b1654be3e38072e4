using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Siro.Gateway.Common;

namespace Siro.Gateway.Uploads.Receiving;

/// <summary>
/// An upload's body with the gateway's own time-out in place of the server's: a pause is fine, however early, until
/// <c>Uploads:IdleTimeout</c>
/// has passed without a byte. Who sends on, but in drops, is bounded too: Kestrel's own 240 bytes a second on average, once the first such
/// time is over.
/// Only the time in which the caller is waited for counts. Throws 408 <c>upload_stalled</c>.
/// </summary>
internal sealed class IdleTimeoutBody : ReadingStream
{
    private const double LeastBytesPerSecond = 240;

    private readonly Stream _body;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly IdleTimeout _idle;
    private readonly CancellationToken _aborted;
    private TimeSpan _waited;
    private long _bytes;

    public IdleTimeoutBody(Stream body, TimeSpan timeout, TimeProvider time, CancellationToken aborted)
    {
        (_body, _timeout, _time, _aborted) = (body, timeout, time, aborted);
        _idle = new IdleTimeout(timeout, time, aborted);
        _idle.Pause();
    }

    /// <summary>Takes the server's own rule back for this request; before the body is read.</summary>
    public static void TakeOver(HttpContext context)
    {
        // Null is the one value that HTTP/2 lets a request set, and the one that is wanted.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = _body.ReadAsync(buffer, _idle.Token);
        if (!reading.IsCompletedSuccessfully)
        {
            return WaitAsync(reading);
        }

        // What is here already was not waited for, and needs no clock.
        var read = reading.Result;
        _bytes += read;
        return ValueTask.FromResult(read);
    }

    private async ValueTask<int> WaitAsync(ValueTask<int> reading)
    {
        _idle.Restart();
        var begun = _time.GetTimestamp();
        try
        {
            var read = await reading;
            _bytes += read;
            _waited += _time.GetElapsedTime(begun);
            return read == 0 || _waited <= _timeout || _bytes >= _waited.TotalSeconds * LeastBytesPerSecond
                ? read
                : throw Stalled($"Fewer than {LeastBytesPerSecond} bytes a second arrived");
        }
        catch (OperationCanceledException) when (!_aborted.IsCancellationRequested)
        {
            throw Stalled($"Nothing arrived for {_timeout.TotalSeconds:0.#} s");
        }
        finally
        {
            _idle.Pause();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _idle.Dispose();
        }

        base.Dispose(disposing);
    }

    private static ProblemException Stalled(string what) =>
        new(new Problem(408, "upload_stalled", $"{what}, so the upload was given up. Nothing was kept; send it again."));
}
