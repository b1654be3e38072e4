using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Siro.Gateway.Common;

namespace Siro.Gateway.Documentation;

/// <summary>Puts an endpoint's examples into the API's description.</summary>
internal static class ExampleDescription
{
    public static void ShowExamples(this OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<OperationExamples>().LastOrDefault() is not { } examples)
        {
            return;
        }

        if (examples.Request is not null)
        {
            // An endpoint that reads its body by itself shows at least what it may look like.
            operation.RequestBody ??=
                new OpenApiRequestBody { Content = new Dictionary<string, OpenApiMediaType>(
                StringComparer.Ordinal) { ["application/json"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } } } };
        }

        Show(operation.RequestBody?.Content, examples.Request);
        Show(operation.Responses?.TryGetValue(examples.Status.ToString(CultureInfo.InvariantCulture), out var response) == true
            ? response.Content
            : null, examples.Response);
    }

    private static void Show(IDictionary<string, OpenApiMediaType>? content, string? example)
    {
        if (example is not null && content?.TryGetValue("application/json", out var media) == true && media is OpenApiMediaType shown)
        {
            shown.Example = JsonNode.Parse(example);
        }
    }
}
