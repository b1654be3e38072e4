using System.Net;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Outbound;
using Siro.Gateway.Uploads.Receiving;

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
internal sealed record FetchResult(
    FetchVerdict Verdict, ReceivedFile? File = null, CallFailure? Failure = null, TimeSpan? RetryAfter = null);

/// <summary>
/// Fetches a recording into the spool: guarded address, idle limit and least pace, size limit while reading, type by its bytes. Up to three
/// redirects are followed, because providers hand recordings out of their storage that way; each hop is checked and connected to like the
/// first.
/// </summary>
internal sealed class RecordingFetch(
    OutboundClient outbound, FileIntake intake, ProviderApi api, ISettings<CallsOptions> options, TimeProvider time)
{
    private const int MaxRedirects = 3;

    /// <summary>
    /// Fetches, on the <paramref name="client"/>'s part of the spool. The credential of <paramref name="source"/> goes along only to its
    /// own hosts, and only as long as no redirect has left the first address's origin: who leads elsewhere could lead back as somebody
    /// else.
    /// </summary>
    public async Task<FetchResult> FetchAsync(string url, ClientName client, CallSourceOptions? source, CancellationToken cancellationToken)
    {
        if (OutboundUrl.Check(url, "recordingUrl", api.Rules) is { Error: { } error })
        {
            return Refused(error.Code, "recordingUrl " + error.Message);
        }

        using var idle = new IdleTimeout(options.Current.IdleTimeout, time, cancellationToken);
        try
        {
            var (answer, refusal) = await FollowAsync(new Uri(url), source, idle);
            if (answer is null)
            {
                return refusal!;
            }

            using var response = answer;
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return OfStatus(response);
            }

            if (response.Content.Headers.ContentLength == 0)
            {
                return NotReady("recording_empty", "The recording is empty so far.");
            }

            await using var decoded = await DecodedContent.OpenAsync(response.Content, idle.Token);
            idle.Pause();
            await using var body = new IdleTimeoutBody(decoded, options.Current.IdleTimeout, time, cancellationToken);
            var expected =
                new ExpectedFile { Client = client, DeclaredBytes = DecodedContent.IsEncoded(response.Content)
                ? null
                : response.Content.Headers.ContentLength };
            var (file, _) = await intake.TakeAsync(body, expected, null, cancellationToken);
            return new FetchResult(FetchVerdict.Fetched, file);
        }
        catch (UnsupportedEncodingException e)
        {
            return Refused("unsupported_encoding",
                $"The provider sent the recording with Content-Encoding '{e.Encoding}', which nobody asked for and this gateway does "
                + "not decode.");
        }
        catch (InvalidDataException)
        {
            return NotReady("recording_cut", "The provider's compressed answer is damaged or ended early.");
        }
        catch (AddressForbiddenException)
        {
            return Refused("address_forbidden", "recordingUrl points to an address that this gateway does not connect to.");
        }
        catch (ProblemException e) when (e.Problem.Code == "spool_full")
        {
            return new FetchResult(
                FetchVerdict.NotReady, Failure: new CallFailure(e.Problem.Code, e.Problem.Detail), RetryAfter: e.Problem.RetryAfter);
        }
        catch (ProblemException e) when (e.Problem.Code == "upload_stalled")
        {
            // A provider's body has to keep the pace of a caller's.
            return NotReady("provider_timeout", "The provider sent nothing for too long, or too little.");
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

    /// <summary>The first answer that is no redirect, or why there is none.</summary>
    private async Task<(HttpResponseMessage? Answer, FetchResult? Refusal)> FollowAsync(
        Uri url, CallSourceOptions? source, IdleTimeout idle)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { url.AbsoluteUri };
        var origin = url.GetLeftPart(UriPartial.Authority);
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.TryAddWithoutValidation("Accept", "audio/*, application/octet-stream;q=0.9, */*;q=0.1");
            if (source is not null)
            {
                ProviderApi.Authorize(request, source);
            }

            idle.Restart();
            var response = await outbound.SendAsync(request, api.Rules, idle.Token);
            idle.Restart();
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308))
            {
                return (response, null);
            }

            using (response)
            {
                if (Next(url, response) is not { } next
                    || OutboundUrl.Check(next.OriginalString, "recordingUrl", api.Rules) is { Error.Code: not "address_forbidden" })
                {
                    return (null,
                        Refused("redirect_refused",
                        $"The provider answered {(int)response.StatusCode} without an http or https address to go to, or from https "
                        + "to http. Give the final URL."));
                }

                if (redirects == MaxRedirects)
                {
                    return (null,
                        Refused("too_many_redirects", $"The provider redirected more than {MaxRedirects} times. Give the final URL."));
                }

                if (!seen.Add(next.AbsoluteUri))
                {
                    return (null, Refused("redirect_loop", "The provider redirects in a circle. Give the final URL."));
                }

                source = next.GetLeftPart(UriPartial.Authority) == origin ? source : null;
                url = next;
            }
        }
    }

    /// <summary>Where the redirect leads, without its fragment; null where that is nowhere, or would leave TLS.</summary>
    internal static Uri? Next(Uri from, HttpResponseMessage response) =>
        response.Headers.Location is { } location
        && Uri.TryCreate(from, location, out var absolute)
        && absolute.Scheme is "http" or "https" && (from.Scheme == Uri.UriSchemeHttp || absolute.Scheme == Uri.UriSchemeHttps)
            ? new Uri(absolute.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.Fragment, UriFormat.UriEscaped))
            : null;

    private FetchResult OfStatus(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var after = RetryAfter.Of(response, time);
        return status switch
        {
            202 or 204 or 404 or 409 or 425 =>
                NotReady("recording_not_ready", $"The provider answered {status}: the recording is not ready.", after),
            408 or 429 or >= 500 => NotReady("provider_" + status, $"The provider answered {status}.", after),
            >= 300 and < 400 => Refused("redirect_refused", $"The provider answered {status}, which leads nowhere. Give the final URL."),
            401 => Refused("provider_unauthorized", "The provider wants a credential: set Calls:Sources:{name}:Auth and Hosts."),
            400 or 403 or 410 =>
                new FetchResult(FetchVerdict.Expired,
                    Failure: new CallFailure(
                    "recording_url_expired", $"The provider answered {status}: the URL has expired, or the credential does not fit.")),
            _ => Refused("provider_" + status, $"The provider answered {status}."),
        };
    }

    private static FetchResult NotReady(string code, string detail, TimeSpan? after = null) =>
        new(FetchVerdict.NotReady, Failure: new CallFailure(code, detail), RetryAfter: after);

    private static FetchResult Refused(string code, string detail) => new(FetchVerdict.Refused, Failure: new CallFailure(code, detail));
}
