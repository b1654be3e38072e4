using System.Collections.Frozen;

namespace Siro.Gateway.SiroApi;

/// <summary>The contract of one operation, as far as the gateway counts on it.</summary>
/// <param name="Success">The statuses by which Siro says that it is done.</param>
/// <param name="Answer">The body of such an answer.</param>
/// <param name="Sent">The request's fields, of every contract that is published; null where the body is a caller's.</param>
internal sealed record SiroContract(int[] Success, AnswerShape Answer, string[]? Sent = null)
{
    /// <summary>
    /// Several contracts are published and tried in turn, so that Siro's 404 and 422 about what sets them apart are no surprise.
    /// </summary>
    public bool IsNegotiated { get; init; }
}

/// <summary>
/// What the gateway itself calls, by Siro's OpenAPI files (external, platform, recordings) and, where they and the guides disagree, by
/// both. Proxied calls are the callers' own and are not compared.
/// </summary>
internal static class SiroContracts
{
    private static readonly AnswerShape Recording = AnswerShape.Of(
        ("id", AnswerShape.Text), ("organizationId", AnswerShape.Text), ("userId", AnswerShape.Text), ("title", AnswerShape.Text),
        ("result", AnswerShape.OneOf("OPEN", "WON", "LOST")), ("createdAt", AnswerShape.Text), ("updatedAt", AnswerShape.Text),
        ("rootDataPurgedAt?", AnswerShape.Text), ("deleted", AnswerShape.Flag), ("isProcessingDone?", AnswerShape.Flag),
        ("evaluationScore?", AnswerShape.Number),
        ("crm?", AnswerShape.Of(("integrationConnectionId", AnswerShape.Text))));

    private static readonly AnswerShape Engagement = AnswerShape.Of(
        ("id", AnswerShape.Text), ("externalId", AnswerShape.Text), ("recordingId?", AnswerShape.Text), ("createdAt", AnswerShape.Text),
        ("updatedAt", AnswerShape.Text));

    private static readonly AnswerShape Created = Data(AnswerShape.Of(("recordingId?", AnswerShape.Text), ("id?", AnswerShape.Text)));

    private static readonly string[] CreateFields =
    [
        "fileUrl", "downloadUrl", "fileType", "title", "userId", "userEmail", "userPhone", "organizationId", "conversationType",
        "integrationConnectionId", "crmObjects", "dateCreated",
        "discoverable", "result", "contactName", "contactPhone", "customerName", "customerPhone",
    ];

    private static readonly FrozenDictionary<(SiroHost Host, string Operation), SiroContract> All =
        new Dictionary<(SiroHost, string), SiroContract>
    {
        [(SiroHost.External, "GET /v1/core/recordings")] = new([200], Page(Recording)),
        [(SiroHost.External, "GET /v1/core/recordings/{id}")] = new([200], Recording),
        [(SiroHost.External, "GET /v1/core/users")] = new([200], Page(AnswerShape.Of(
            ("id", AnswerShape.Text), ("email", AnswerShape.Text), ("phoneNumber", AnswerShape.Text), ("externalId", AnswerShape.Text),
            ("disabled", AnswerShape.Flag)))),
        [(SiroHost.External, "GET /v1/core/auth/caller-identity")] = new([200], AnswerShape.Of(
            ("tokenId", AnswerShape.Text), ("tokenName", AnswerShape.Text), ("organizationId", AnswerShape.Text))),
        [(SiroHost.External, "GET /v1/integrations/engagements")] = new([200], Data(AnswerShape.ListOf(Engagement))),
        [(SiroHost.External, "GET /v1/integrations/engagements/{id}")] = new([200], Engagement),
        [(SiroHost.External, "PUT /v1/integrations/sync/batch/engagements")] = new([200], AnswerShape.Of()),
        [(SiroHost.External, "PUT /v1/integrations/sync/batch/opportunities")] = new([200], AnswerShape.Of()),
        [(SiroHost.External, "POST /v1/core/oauth/apps/{clientId}/access-token")] = new(
            [200, 201], AnswerShape.Of(("accessTokenId", AnswerShape.Text), ("accessToken", AnswerShape.Text)),
            ["clientSecret", "userId", "scope"]),
        [(SiroHost.Platform, "GET /v1/core/recordings")] = new(
            [200], Page(AnswerShape.Of(("id", AnswerShape.Text), ("dateCreated", AnswerShape.Text)))),
        [(SiroHost.Platform, "GET /v1/core/recordings/{id}")] = new([200], Data(AnswerShape.Of(
            ("id", AnswerShape.Text), ("dateCreated", AnswerShape.Text), ("deleted?", AnswerShape.Flag),
            ("transcriptionStatus?", AnswerShape.OneOf(
                "RECORDING", "UPLOADING", "UPLOADED", "TRANSCRIBING", "AWAITING_REDACTION", "REDACTING", "COMPLETE",
                "SECONDARY_TRANSCRIPTION_COMPLETE", "ERROR", "UNRECOVERABLE_ERROR", "REMOVED",
                "RAW_SPLIT")),
            ("processingStatus?", AnswerShape.OneOf("in-progress", "complete", "error")),
            ("processingStage?", AnswerShape.OneOf("recording", "uploading", "processing", "done"))))),
        [(SiroHost.Platform, "POST /v1/core/recordings/signed-urls")] = new(
            [200],
            Data(AnswerShape.Of(("uploadUrl", AnswerShape.Text), ("uploadHeaders", AnswerShape.Of()), ("downloadUrl", AnswerShape.Text),
                ("expiresAt", AnswerShape.Text))),
            ["fileType", "fileSize", "fileSizeInBytes"]) { IsNegotiated = true },
        [(SiroHost.Platform, "POST /v1/core/recordings/upload")] = new([201], Created, CreateFields) { IsNegotiated = true },
        [(SiroHost.Platform, "POST /v2/core/recordings")] = new([201], Created, CreateFields) { IsNegotiated = true },
        [(SiroHost.Internal, "GET /v1/core/conversation-configurations")] = new([200], Data(AnswerShape.ListOf(AnswerShape.Of(
            ("conversationType?", AnswerShape.Text), ("displayName?", AnswerShape.Text))))),
    }.ToFrozenDictionary();

    public static SiroContract? Find(SiroHost host, string operation) => All.GetValueOrDefault((host, operation));

    private static AnswerShape Data(AnswerShape inner) => AnswerShape.Of(("data", inner));

    private static AnswerShape Page(AnswerShape item) => AnswerShape.Of(("data", AnswerShape.ListOf(item)), ("cursor", AnswerShape.Text));
}
