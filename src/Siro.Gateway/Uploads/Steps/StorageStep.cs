using System.Net;
using System.Text;
using Siro.Gateway.Configuration;
using Siro.Gateway.Outbound;
using Siro.Gateway.Uploads.Spooling;

namespace Siro.Gateway.Uploads.Steps;

/// <summary>The storage has every byte.</summary>
internal sealed record StoredBytes(long Bytes);

/// <summary>
/// Step 2: PUT to the signed URL with exactly the signed headers and an exact Content-Length, never chunked.
/// The answers are Google Cloud Storage's: XML with a code. Putting the same bytes again is safe.
/// </summary>
internal sealed class StorageStep(OutboundClient outbound, StorageRules rules, ISettings<UploadsOptions> options, TimeProvider time)
{
    /// <summary>Puts the file once.</summary>
    public async Task<StepResult<StoredBytes>> PutAsync(
        SignedUrl url, SpoolFile file, long length, Task released, Action<long>? progress, CancellationToken cancellationToken)
    {
        var allowed = await rules.ForAsync(url.UploadUrl, cancellationToken);
        if (allowed.Failure is { } forbidden)
        {
            return forbidden;
        }

        using var watch = new PutWatch(time, options.Current.StorageTimeout, progress);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(watch.Stalled, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Put, url.UploadUrl) { Content = new SpoolContent(file, length, released, watch) };
            foreach (var (name, value) in url.Headers)
            {
                if (!request.Content.Headers.TryAddWithoutValidation(name, value))
                {
                    request.Headers.TryAddWithoutValidation(name, value);
                }
            }

            using var response = await outbound.SendAsync(request, allowed.Value!, both.Token);
            if (response.IsSuccessStatusCode)
            {
                // Where the storage says what it has, that must be the file.
                return ChecksumOf(response) is { } stored && stored != StorageChecksum.Base64(file.Checksum)
                    ? Unavailable("it stored other bytes")
                    : new StoredBytes(length);
            }

            var text = Encoding.UTF8.GetString((await BoundedBody.ReadAsync(response.Content, 16 * 1024, both.Token)).Span);
            return Failure(response.StatusCode, CodeOf(text), Common.RetryAfter.Of(response, time));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && !released.IsCanceled)
        {
            return Unavailable("it took nothing for too long");
        }
        catch (AddressForbiddenException e)
        {
            return new StepFailure(StepVerdict.Refused, 502, "storage_forbidden", e.Message);
        }
        catch (HttpRequestException e)
        {
            return e.InnerException is SpoolDamagedException damaged ? Damaged(damaged) : Unavailable(e.HttpRequestError.ToString());
        }
        catch (SpoolDamagedException e)
        {
            return Damaged(e);
        }
        catch (IOException)
        {
            return Unavailable("the connection broke");
        }
    }

    /// <summary>Google Cloud Storage's <c>x-goog-hash: crc32c=...,md5=...</c>, in one header or two.</summary>
    private static string? ChecksumOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-goog-hash", out var values)
            ? values.SelectMany(v => v.Split(',', StringSplitOptions.TrimEntries)).FirstOrDefault(
                v => v.StartsWith("crc32c=", StringComparison.Ordinal))?["crc32c=".Length..]
            : null;

    /// <summary>The storage's own code: <c>&lt;Code&gt;ExpiredToken&lt;/Code&gt;</c>.</summary>
    private static string? CodeOf(string xml) =>
        xml.IndexOf("<Code>", StringComparison.Ordinal) is >= 0 and var from
        && xml.IndexOf("</Code>", from, StringComparison.Ordinal) is >= 0 and var to && to - from < 100
            ? xml[(from + 6)..to]
            : null;

    private static StepFailure Failure(HttpStatusCode status, string? code, TimeSpan? retryAfter) => status switch
    {
        HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
            Unavailable($"status {(int)status}") with { Upstream = (int)status, RetryAfter = retryAfter },
        _ => new StepFailure(StepVerdict.NewUrl, 502, "storage_refused",
            $"Siro's storage refused the file (status {(int)status}, {code ?? "no code"}).") { Upstream = (int)status },
    };

    private static StepFailure Unavailable(string what) =>
        new(StepVerdict.Again, 503, "storage_unavailable", $"Siro's storage did not take the file ({what}).");

    private static StepFailure Damaged(Exception e) =>
        new(StepVerdict.Refused, 500, StepFailure.SpoolDamaged, e.Message + " Send it again.");
}
