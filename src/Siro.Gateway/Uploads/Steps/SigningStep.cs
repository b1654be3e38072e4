using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Uploads.Audio;

namespace Siro.Gateway.Uploads.Steps;

/// <summary>What step 1 answers.</summary>
/// <param name="UploadUrl">Where the bytes go; whoever has it can write there.</param>
/// <param name="Headers">Exactly the headers that the PUT must carry: they are part of the signature.</param>
/// <param name="DownloadUrl">Names the file in step 3; whoever has it can read the recording.</param>
internal sealed record SignedUrl(
    Uri UploadUrl, IReadOnlyList<KeyValuePair<string, string>> Headers, Secret DownloadUrl, DateTimeOffset ExpiresAt);

/// <summary>
/// Step 1: <c>POST /v1/core/recordings/signed-urls {fileType, fileSize}</c>, or <c>fileSizeInBytes</c>; nothing else is allowed in the
/// body.
/// </summary>
internal sealed class SigningStep(SiroClient siro, TimeProvider time)
{
    private const string Path = "/v1/core/recordings/signed-urls";

    /// <summary>Siro's reference says <c>fileSize</c>; a published skill of Siro's says the other.</summary>
    private static readonly string[] SizeFields = ["fileSize", "fileSizeInBytes"];

    /// <summary>
    /// The one that was taken last; another organization's Siro may be of another age. A hint: a wrong one costs one request.
    /// </summary>
    private readonly ConcurrentDictionary<OrganizationKey, string> _sizeFields = new();

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(45);

    /// <summary>Where an answer says nothing about its expiry.</summary>
    private static readonly TimeSpan ShortLife = TimeSpan.FromMinutes(5);

    /// <summary>Asks for a URL once. A second URL for the same file does no harm: the first is never used.</summary>
    public async Task<StepResult<SignedUrl>> SignAsync(
        UploadOwner owner, AudioFormat format, long bytes, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var known = _sizeFields.GetValueOrDefault(owner.Organization, SizeFields[0]);
            var answer = await AskAsync(owner, format, known, bytes, both.Token);
            if (ContractRefusal.IsAbout(answer, SizeFields))
            {
                var other = SizeFields.First(f => f != known);
                var second = await AskAsync(owner, format, other, bytes, both.Token);
                if (second.IsSuccess)
                {
                    _sizeFields[owner.Organization] = other;
                    answer = second;
                }
            }

            return answer.IsSuccess ? Read(answer) : answer.Failure("the request for a signed URL");
        }
        catch (ProblemException e)
        {
            return StepFailure.Of(e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return StepFailure.Of(SiroOutcome.Of(e), "could not be asked for a signed URL: " + SiroOutcome.Of(e).When, repeatable: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return StepFailure.Of(SiroOutcome.Timeout, "did not answer the request for a signed URL in time", repeatable: true);
        }
    }

    private async Task<StepAnswer> AskAsync(
        UploadOwner owner, AudioFormat format, string sizeField, long bytes, CancellationToken cancellationToken)
    {
        var request = owner.Request("POST " + Path, idempotent: true);
        using var content = JsonContent.Create(
            new Dictionary<string, object>(StringComparer.Ordinal) { ["fileType"] = format.Name(), [sizeField] = bytes });
        using var response = await siro.SendAsync(request, HttpMethod.Post, Path, content, cancellationToken);
        var answer = await StepAnswer.ReadAsync(response, time, cancellationToken);
        siro.Contracts.Compare(request, (int)answer.Status, answer.Body);
        return answer;
    }

    private StepResult<SignedUrl> Read(StepAnswer answer)
    {
        if (Uri.TryCreate(answer.Data("uploadUrl"), UriKind.Absolute, out var uploadUrl)
            && answer.Data("downloadUrl") is { Length: > 0 } downloadUrl
            && answer.Member("uploadHeaders") is { ValueKind: JsonValueKind.Object } headers)
        {
            if (headers.EnumerateObject()
                .FirstOrDefault(h => !CanBeSent(h.Name, h.Value.ToString())) is { Value.ValueKind: not JsonValueKind.Undefined } bad)
            {
                return StepFailure.Of(SiroOutcome.Incomplete, "signed a header that can't be sent "
                    + $"({string.Concat(bad.Name.Take(50).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' ? c : '?'))})",
                    repeatable: true);
            }

            var expiresAt = Iso8601.Parse(answer.Data("expiresAt")) ?? time.GetUtcNow() + ShortLife;
            return new SignedUrl(uploadUrl, [.. headers.EnumerateObject().Select(h => KeyValuePair.Create(h.Name, h.Value.ToString()))],
                new Secret(downloadUrl), expiresAt);
        }

        // A page in place of JSON is a proxy's or a maintenance's and passes; JSON without the field comes again every time.
        var outcome = answer.Body is null ? SiroOutcome.UnreadableAnswer : SiroOutcome.Incomplete;
        return StepFailure.Of(outcome, "signed no URL", repeatable: true);
    }

    /// <summary>
    /// A token and one line of ASCII (RFC 9110, 5.6.2 and 5.5): the client would send line breaks as further headers, and leave others out.
    /// The framing is the gateway's own.
    /// </summary>
    private static bool CanBeSent(string name, string value) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal))
        && value.All(c => c is '\t' or (>= ' ' and <= '~'))
        && !name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase);
}
