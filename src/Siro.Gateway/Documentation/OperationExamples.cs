using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Siro.Gateway.Documentation;

/// <summary>What an operation is sent and what it answers, as JSON.</summary>
internal sealed record OperationExamples(string? Request, string? Response, int Status);

/// <summary>Attaches examples to an endpoint, and puts them into the API's description.</summary>
internal static class OperationExamplesExtensions
{
    /// <summary><paramref name="request"/> and <paramref name="response"/> are JSON; null where there is none to show.</summary>
    public static TBuilder WithExamples<TBuilder>(this TBuilder builder, string? request, string? response, int status = 200)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new OperationExamples(request, response, status));

    public static void ShowExamples(this OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<OperationExamples>().LastOrDefault() is not { } examples)
        {
            return;
        }

        Show(operation.RequestBody?.Content, examples.Request);
        Show(operation.Responses?.TryGetValue(examples.Status.ToString(System.Globalization.CultureInfo.InvariantCulture), out var response) == true ? response.Content : null, examples.Response);
    }

    private static void Show(IDictionary<string, OpenApiMediaType>? content, string? example)
    {
        if (example is not null && content?.TryGetValue("application/json", out var media) == true && media is OpenApiMediaType shown)
        {
            shown.Example = JsonNode.Parse(example);
        }
    }
}
