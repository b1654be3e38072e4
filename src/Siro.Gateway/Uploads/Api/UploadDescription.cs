using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Siro.Gateway.Uploads.Jobs;

namespace Siro.Gateway.Uploads.Api;

/// <summary>What the API's description says of uploads beyond what their code shows: the form, and the headers that are read.</summary>
internal static class UploadDescription
{
    private static readonly (string Name, string Description)[] Fields =
    [
        ("userId", "The rep's Siro user id. One of userId, userEmail, userPhone is needed."),
        ("userEmail", "The rep's email."),
        ("userPhone", "The rep's phone number; also as userNumber."),
        ("title", "The recording's title."),
        ("dateCreated", "When the call began, RFC 3339 with its offset; not in the future."),
        ("conversationType", "The conversation type that it is analyzed against."),
        ("integrationConnectionId", "The CRM connection; needed with crmObjects."),
        ("crmObjects", "A JSON array of {objectType, objectId}; objects must be known to Siro already."),
        ("customerName", "The customer's name; also as contactName."),
        ("customerPhone", "The customer's phone number; also as contactPhone."),
        ("discoverable", "true or false."),
        ("result", "closed, not closed, in progress."),
        ("organizationId", "Siro's id of the organization."),
        ("fileType", "mp3, aac, wav; checked against the bytes."),
        ("fileSize", "The file's length in bytes; checked."),
        ("metadata", "All of these as one JSON object, in place of fields."),
    ];

    /// <summary>Describes the POST.</summary>
    public static Task DescribeFormAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var properties =
            Fields.ToDictionary(f => f.Name,
            f => (IOpenApiSchema)new OpenApiSchema { Type = JsonSchemaType.String, Description = f.Description }, StringComparer.Ordinal);
        properties["file"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary",
            Description = "MP3, AAC or WAV, at most 100,000,000 bytes. Put it last." };
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["multipart/form-data"] =
                    new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = properties,
                    Required = new HashSet<string>(StringComparer.Ordinal) { "file" } } },
            },
        };
        operation.Parameters =
        [
            Header("Idempotency-Key", "Kept 24 hours: a repeat answers with the first status and body and Idempotency-Replayed: true."),
            Header("Prefer", "respond-async: 202 as soon as the bytes are at Siro's storage."),
            Header("Content-Digest", "sha-256=:base64: or sha-512=:base64: of the content or of the file (RFC 9530); verified."),
        ];
        return Task.CompletedTask;
    }

    /// <summary>Describes the list's query.</summary>
    public static Task DescribeListAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        operation.Parameters =
        [
            Query("status", "One state: " + string.Join(", ", UploadJob.Declaration.States.All) + "."),
            Query("idempotencyKey", "The upload that this key stands for."),
            Query("cursor", "The page before's cursor."),
            Query("limit", "1 to 200, default 50."),
        ];
        return Task.CompletedTask;
    }

    private static OpenApiParameter Header(string name, string description) => Parameter(name, description, ParameterLocation.Header);

    private static OpenApiParameter Query(string name, string description) => Parameter(name, description, ParameterLocation.Query);

    private static OpenApiParameter Parameter(string name, string description, ParameterLocation where) =>
        new() { Name = name, In = where, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
}
