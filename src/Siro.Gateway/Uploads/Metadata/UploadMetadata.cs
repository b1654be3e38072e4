using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Siro.Gateway.Uploads.Metadata;

/// <summary>A CRM object to link: <c>{objectType, objectId}</c>.</summary>
internal sealed record CrmObject(string ObjectType, string ObjectId);

/// <summary>
/// What a recording is created with, besides its file: checked, and in Siro's own spelling. Contracts that say "contact" for "customer" are
/// mapped when it is sent.
/// </summary>
internal sealed record UploadMetadata
{
    public string? Title { get; init; }

    public string? UserId { get; init; }

    public string? UserEmail { get; init; }

    public string? UserPhone { get; init; }

    public string? OrganizationId { get; init; }

    public string? ConversationType { get; init; }

    public string? IntegrationConnectionId { get; init; }

    public IReadOnlyList<CrmObject>? CrmObjects { get; init; }

    public string? CustomerName { get; init; }

    public string? CustomerPhone { get; init; }

    /// <summary>When the call began, not when it is uploaded.</summary>
    public DateTimeOffset? DateCreated { get; init; }

    public bool? Discoverable { get; init; }

    /// <summary><c>closed</c>, <c>not closed</c> or <c>in progress</c>.</summary>
    public string? Result { get; init; }

    /// <summary>One spelling for equal content: members in this record's order, none that is null, times in UTC.</summary>
    public byte[] Canonical() => JsonSerializer.SerializeToUtf8Bytes(this with { DateCreated = DateCreated?.ToUniversalTime() }, Json);

    /// <summary>Reads what <see cref="Canonical"/> wrote.</summary>
    public static UploadMetadata Parse(ReadOnlySpan<byte> canonical) => JsonSerializer.Deserialize<UploadMetadata>(canonical, Json)!;

    /// <summary>
    /// SHA-256 of the canonical form and of whose recording it is, in hex: with the file's hash the fingerprint of an idempotent request.
    /// </summary>
    public string Fingerprint(string organization, string actingUser)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Canonical());
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(new[] { organization, actingUser }, Json));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static readonly JsonSerializerOptions Json = new(
        JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}
