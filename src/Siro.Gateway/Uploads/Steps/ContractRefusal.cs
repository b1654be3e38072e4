using System.Net;
using System.Text.Json;

namespace Siro.Gateway.Uploads.Steps;

/// <summary>Tells "this is not my contract" from "this recording is refused".</summary>
internal static class ContractRefusal
{
    /// <summary>
    /// True for the platform's 404 for paths that it doesn't route (<c>"The current request is not defined by this API."</c>),
    /// and for a 422 with an issue about a field in which the contracts differ. Nothing was created, so the next contract may be tried.
    /// </summary>
    public static bool Is(StepAnswer answer, IReadOnlyList<UploadContract> contracts) => answer switch
    {
        { Status: HttpStatusCode.NotFound, Body: { ValueKind: JsonValueKind.Object } body } =>
            body.TryGetProperty("message", out var message) && message.ValueKind is JsonValueKind.String
            && message.GetString()!.Contains("not defined by this API", StringComparison.OrdinalIgnoreCase),
        { Status: HttpStatusCode.UnprocessableEntity, Body: { ValueKind: JsonValueKind.Object } body } =>
            body.TryGetProperty("issues", out var issues) && issues.ValueKind is JsonValueKind.Array
            && issues.EnumerateArray().Any(i => IsAbout(i, Differing(contracts))),
        _ => false,
    };

    /// <summary>True for a 422 with an issue about one of these fields.</summary>
    public static bool IsAbout(StepAnswer answer, IReadOnlyCollection<string> fields) =>
        answer is { Status: HttpStatusCode.UnprocessableEntity, Body: { ValueKind: JsonValueKind.Object } body }
        && body.TryGetProperty("issues", out var issues) && issues.ValueKind is JsonValueKind.Array
        && issues.EnumerateArray().Any(i => IsAbout(i, fields.ToHashSet(StringComparer.Ordinal)));

    private static HashSet<string> Differing(IReadOnlyList<UploadContract> contracts)
    {
        string[][] choices =
        [
            [.. contracts.Select(c => c.FileField).Distinct(StringComparer.Ordinal)],
            [.. contracts.Select(c => c.CustomerNameField).Distinct(StringComparer.Ordinal)],
            [.. contracts.Select(c => c.CustomerPhoneField).Distinct(StringComparer.Ordinal)],
        ];
        return [.. choices.Where(c => c.Length > 1).SelectMany(c => c)];
    }

    /// <summary>An issue of zod: its <c>path</c>, or the <c>keys</c> that it does not recognize.</summary>
    private static bool IsAbout(JsonElement issue, HashSet<string> fields) =>
        issue.ValueKind is JsonValueKind.Object && (Names(issue, "path", fields) || Names(issue, "keys", fields));

    private static bool Names(JsonElement issue, string member, HashSet<string> fields) =>
        issue.TryGetProperty(member, out var names) && names.ValueKind is JsonValueKind.Array
        && names.EnumerateArray().Any(n => n.ValueKind is JsonValueKind.String && fields.Contains(n.GetString()!));
}
