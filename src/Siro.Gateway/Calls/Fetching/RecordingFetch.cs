using System.Net;
using Siro.Gateway.Calls.Jobs;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Outbound;
using Siro.Gateway.Uploads;

namespace Siro.Gateway.Calls.Fetching;

/// <summary>How a fetch went.</summary>
internal enum FetchVerdict
{
    /// <summary>The recording is in the spool.</summary>
    Fetched,

    /// <summary>Not there yet, or the provider is away: try again on the schedule.</summary>
    NotReady,

    /// <summary>The URL is not valid any more: ask the provider for another.</summary>
    Expired,

    /// <summary>It never will be a recording.</summary>
    Refused,
}

/// <summary>What a fetch brought.</summary>
internal sealed record FetchResult(FetchVerdict Verdict, ReceivedFile? File = null, CallFailure? Failure = null, TimeSpan? RetryAfter = null);

/// <summary>Fetches a recording into the spool: guarded address, no redirects, idle limit, size limit while reading, type by its bytes.</summary>
internal sealed class RecordingFetch(OutboundClient outbound, FileIntake intake, ProviderApi api, ISettings<CallsOptions> options, TimeProvider time)
{
    /// <summary>Fetches, on the <paramref name="client"/>'s part of the spool. The credential of <paramref name="source"/> goes along only to its own hosts.</summary>
    public async Task<FetchResult> FetchAsync(string url, ClientName client, CallSourceOptions? source, CancellationToken cancellationToken)
    {
        if (OutboundUrl.Check(url, "recordingUrl", api.Rules) is { Error: { } error })
        {
            return Refused(error.Code, "recordingUrl " + error.Message);
        }

        using var idle = new IdleTimeout(options.Current.IdleTimeout, time, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Accept", "audio/*, application/octet-stream;q=0.9, */*;q=0.1");
        if (source is not null)
        {
            ProviderApi.Authorize(request, source);
        }

        try
        {
            using var response = await outbound.SendAsync(request, api.Rules, idle.Token);
            idle.Restart();
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return OfStatus(response);
            }

            if (response.Content.Headers.ContentLength == 0)
            {
                return NotReady("recording_empty", "The recording is empty so far.");
            }

            await using var body = new IdleStream(await response.Content.ReadAsStreamAsync(idle.Token), idle);
            var expected = new ExpectedFile { Client = client, DeclaredBytes = response.Content.Headers.ContentLength };
            var (file, _) = await intake.TakeAsync(body, expected, null, idle.Token);
            return new FetchResult(FetchVerdict.Fetched, file);
        }
        catch (AddressForbiddenException)
        {
            return Refused("address_forbidden", "recordingUrl points to an address that this gateway does not connect to.");
        }
        catch (ProblemException e) when (e.Problem.Code == "spool_full")
        {
            return new FetchResult(FetchVerdict.NotReady, Failure: new CallFailure(e.Problem.Code, e.Problem.Detail), RetryAfter: e.Problem.RetryAfter);
        }
        catch (ProblemException e) when (e.Problem.Errors?.Any(x => x.Code == "empty_file") == true)
        {
            return NotReady("recording_empty", "The recording is empty so far.");
        }
        catch (ProblemException e) when (e.Problem.Errors?.Any(x => x.Code == "size_mismatch") == true)
        {
            return NotReady("recording_cut", "The provider's answer ended early.");
        }
        catch (ProblemException e)
        {
            return Refused(e.Problem.Code, e.Problem.Detail);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return NotReady("provider_unreachable", "The provider could not be reached, or broke the connection.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return NotReady("provider_timeout", "The provider sent nothing for too long.");
        }
    }

    private FetchResult OfStatus(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var after = RetryAfter.Of(response, time);
        return status switch
        {
            202 or 204 or 404 or 409 or 425 => NotReady("recording_not_ready", $"The provider answered {status}: the recording is not ready.", after),
            408 or 429 or >= 500 => NotReady("provider_" + status, $"The provider answered {status}.", after),
            >= 300 and < 400 => Refused("redirect_refused", $"The provider answered {status}: redirects are not followed, because they can lead anywhere. Give the final URL."),
            401 => Refused("provider_unauthorized", "The provider wants a credential: set Calls:Sources:{name}:Auth and Hosts."),
            400 or 403 or 410 => new FetchResult(FetchVerdict.Expired, Failure: new CallFailure("recording_url_expired", $"The provider answered {status}: the URL has expired, or the credential does not fit.")),
            _ => Refused("provider_" + status, $"The provider answered {status}."),
        };
    }

    private static FetchResult NotReady(string code, string detail, TimeSpan? after = null) => new(FetchVerdict.NotReady, Failure: new CallFailure(code, detail), RetryAfter: after);

    private static FetchResult Refused(string code, string detail) => new(FetchVerdict.Refused, Failure: new CallFailure(code, detail));
}

/// <summary>Cancels when nothing was received for a while.</summary>
internal sealed class IdleTimeout : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenSource _both;

    public IdleTimeout(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        _timeout = timeout;
        _over = new CancellationTokenSource(timeout, time);
        _both = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, cancellationToken);
    }

    public CancellationToken Token => _both.Token;

    public void Restart() => _over.CancelAfter(_timeout);

    public void Dispose()
    {
        _both.Dispose();
        _over.Dispose();
    }
}

/// <summary>Passes reads on and restarts the idle time with each.</summary>
internal sealed class IdleStream(Stream inner, IdleTimeout idle) : ReadingStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        idle.Restart();
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
