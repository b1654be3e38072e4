using System.Text.Json;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.People;
using Siro.Gateway.SiroApi;
using Siro.Gateway.Store;
using Siro.Gateway.Uploads.Jobs;

namespace Siro.Gateway.Uploads.Api;

/// <summary>A recording of the organization that may be an uncertain upload's.</summary>
/// <param name="Same">What it has in common with the upload: <c>rep</c>, <c>title</c>, <c>time</c>.</param>
internal sealed record LikelyMatch(
    string RecordingId, string? Title, string? UserId, DateTimeOffset? CreatedAt, IReadOnlyList<string> Same);

/// <summary>
/// Finds what Siro may have made of an uncertain upload, so that a person can decide in one look: recordings of about that time with the
/// same rep and title, the best first. Siro dates a recording by <c>dateCreated</c> where it was given, else by its arrival; both times are
/// looked at.
/// </summary>
internal sealed partial class LikelyMatches(SiroClient siro, IUserDirectory users, PeopleDirectory people, ILogger<LikelyMatches> logger)
{
    private const string Path = "/v1/core/recordings";
    private const int MaxPages = 3;
    private const int MaxMatches = 10;

    private static readonly TimeSpan Around = TimeSpan.FromMinutes(15);

    /// <summary>The matches; null when Siro could not be asked now.</summary>
    public async Task<IReadOnlyList<LikelyMatch>?> FindAsync(UploadRecord upload, CancellationToken cancellationToken)
    {
        DateTimeOffset[] times = upload.Metadata?.DateCreated is { } call && (call - upload.UpdatedAt).Duration() > Around
            ? [call, upload.UpdatedAt]
            : [upload.Metadata?.DateCreated ?? upload.UpdatedAt];
        try
        {
            var rep = await RepAsync(upload, cancellationToken);
            var found = new Dictionary<string, LikelyMatch>(StringComparer.Ordinal);
            foreach (var at in times)
            {
                await CollectAsync(upload, rep, at, found, cancellationToken);
            }

            return [.. found.Values.Where(m => m.Same.Count > 1 || upload.Metadata?.Title is null).OrderByDescending(m => m.Same.Count)
                .ThenByDescending(m => m.CreatedAt).Take(MaxMatches)];
        }
        catch (Exception e) when (e is ProblemException or HttpRequestException or IOException)
        {
            Log.NotAsked(logger, e, upload.Id);
            return null;
        }
    }

    /// <summary>
    /// The rep as Siro's user id: as given, else by email, else by phone (compared as E.164); null where nobody, or more than one, is
    /// meant.
    /// </summary>
    private async Task<string?> RepAsync(UploadRecord upload, CancellationToken cancellationToken)
    {
        if (upload.Metadata?.UserId is { } id)
        {
            return id;
        }

        if (upload.Metadata?.UserEmail is { } email
            && (await users.ResolveAsync(upload.Owner.Organization, email, cancellationToken)).User is { } user)
        {
            return user.Value;
        }

        try
        {
            return upload.Metadata?.UserPhone is { } phone
                && await people.FindAsync(
                upload.Owner.Organization, PersonKey.Phone, phone, upload.Owner.Client, cancellationToken) is [var one]
                ? one.Id
                : null;
        }
        catch (StoreUnavailableException)
        {
            // The organization's users can't be read now: title and time still tell.
            return null;
        }
    }

    private async Task CollectAsync(
        UploadRecord upload, string? rep, DateTimeOffset at, Dictionary<string, LikelyMatch> found, CancellationToken cancellationToken)
    {
        string? cursor = null;
        for (var page = 0; page < MaxPages; page++)
        {
            var path = $"{Path}?createdAt%3Agt={Text(at - Around)}&createdAt%3Alt={Text(at + Around)}&pageSize=100"
                + (cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor));
            using var answer = await siro.ReadAsync(Request(upload.Owner), HttpMethod.Get, path, null, cancellationToken);
            if (answer.RootElement.ValueKind is not JsonValueKind.Object || !answer.RootElement.TryGetProperty("data", out var data)
                || data.ValueKind is not JsonValueKind.Array)
            {
                return;
            }

            foreach (var recording in data.EnumerateArray())
            {
                if (Match(upload, rep, at, recording) is { } match)
                {
                    found[match.RecordingId] = match;
                }
            }

            cursor = answer.RootElement.TryGetProperty("cursor", out var next) && next.ValueKind is JsonValueKind.String
                ? next.GetString()
                : null;
            if (cursor is null)
            {
                return;
            }
        }
    }

    private static LikelyMatch? Match(UploadRecord upload, string? rep, DateTimeOffset at, JsonElement recording)
    {
        if (recording.ValueKind is not JsonValueKind.Object || Member(recording, "id") is not { } id)
        {
            return null;
        }

        var (title, user) = (Member(recording, "title"), Member(recording, "userId"));
        var created = Iso8601.Parse(Member(recording, "createdAt"));
        List<string> same = [];
        if (user is not null && user == rep)
        {
            same.Add("rep");
        }

        if (title is not null && title == upload.Metadata?.Title)
        {
            same.Add("title");
        }

        if (created is { } c && (c - at).Duration() <= Around)
        {
            same.Add("time");
        }

        return new LikelyMatch(id, title, user, created, same);
    }

    private static SiroRequest Request(UploadOwner owner) => new()
    {
        Organization = owner.Organization,
        Host = SiroHost.External,
        Client = owner.Client,
        Scope = TokenScope.Read,
        Operation = "GET " + Path,
        Idempotent = true,
    };

    private static string? Member(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static string Text(DateTimeOffset at) => Uri.EscapeDataString(Iso8601.Text(at));

    private static partial class Log
    {
        [LoggerMessage(1830, LogLevel.Warning, "The recordings that upload {Upload} may have created could not be listed")]
        public static partial void NotAsked(ILogger logger, Exception exception, string upload);
    }
}
