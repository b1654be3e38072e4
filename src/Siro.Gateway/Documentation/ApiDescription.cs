using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Siro.Gateway.Documentation;

/// <summary>The document's head: what the API is, how a caller authenticates, what an error looks like.</summary>
internal sealed class ApiDescription : IOpenApiDocumentTransformer
{
    public const string Bearer = "bearer";
    public const string ApiKey = "apiKey";
    public const string Problem = "Problem";

    private static readonly string[] Order =
        ["Caller", "Uploads", "Calls", "Subscriptions", "Events and deliveries", "Recordings", "Sync", "People", "Links", "Webhooks",
            "Operations", "Session", "Health"];

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Siro.Gateway",
            Version = "v1",
            Description = "One authenticated gateway between a company's applications and Siro. "
                + "Calls to Siro itself pass through unchanged under /external, /platform and /internal; what stands here is the "
                    + "gateway's own. "
                + "Optional on every call: `Siro-Organization` (where a client has several), `Siro-User` (a Siro user id or an email).",
        };

        // Features are composed by what they need of each other; a reader begins with who he is and what he came for.
        document.Tags = document.Tags?.OrderBy(t => Array.IndexOf(Order, t.Name) is var at && at < 0 ? Order.Length : at).ToHashSet();

        // The address is wherever the document was read from.
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT",
                Description = "A token of the company's identity provider, for the gateway's audience." },
            [ApiKey] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-Api-Key",
                Description = "A key made by 'siro-gateway api-key create'." },
        };
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        document.Components.Schemas[Problem] = ProblemSchema();
        return Task.CompletedTask;
    }

    private static OpenApiSchema ProblemSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "An error of the gateway's own (RFC 9457). Errors of Siro pass through as Siro sent them, without the header "
            + "Siro-Gateway-Error.",
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["type"] = Text("urn:siro-gateway:error:{code}"),
            ["title"] = Text("The status in words."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The HTTP status." },
            ["detail"] = Text("What was wrong and what to do."),
            ["code"] = Text("Stable; also in the header Siro-Gateway-Error."),
            ["traceId"] = Text("Finds the call in the gateway's log."),
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Items = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal) { ["field"] = Text("Where."),
                        ["code"] = Text("Stable."), ["message"] = Text("What is wrong.") },
                },
            },
        },
        Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", "detail", "code", "traceId" },
    };

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
}
