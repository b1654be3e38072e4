using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Siro.Gateway.Access;
using Siro.Gateway.Common;

namespace Siro.Gateway.Documentation;

/// <summary>Adds to each operation who may use it, read from the endpoint's own access rule, and the shape of its errors.</summary>
internal sealed class OperationDescription : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;

        // What the endpoint says of itself goes before the comments on its code, which are for whoever reads that.
        operation.Summary = metadata.OfType<IEndpointSummaryMetadata>().LastOrDefault()?.Summary ?? operation.Summary;
        foreach (var (name, description) in metadata.OfType<OperationQuery>().SelectMany(q => q.Parameters))
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Description = description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
        }

        var access = metadata.OfType<EndpointAccess>().LastOrDefault();
        operation.Responses ??= [];
        Refusal(operation, context, "default", "Any other error of the gateway's own.");
        switch (access)
        {
            case EndpointAccess.Permission { Name: var permission }:
                Describe(operation, $"Needs the permission `{permission}`.");
                RequireCaller(operation, context);
                Refusal(operation, context, "403",
                    $"`permission_missing`: the caller lacks `{permission}`; or `user_forbidden`, `organization_forbidden`.");
                break;
            case EndpointAccess.AnyCaller or EndpointAccess.PerOperation:
                RequireCaller(operation, context);
                break;
            case EndpointAccess.Signature:
                Describe(operation, "Authenticated by the sender's signature over the body, not by a caller's credential.");
                break;
        }

        operation.ShowExamples(context);
        return Task.CompletedTask;
    }

    private static void RequireCaller(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        operation.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiDescription.Bearer, context.Document)] = [] },
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiDescription.ApiKey, context.Document)] = [] },
        ];
        Refusal(operation, context, "401", "No credential, or none that the gateway knows; the code says why.");
    }

    private static void Refusal(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, string status, string description) =>
        operation.Responses!.TryAdd(status, new OpenApiResponse
        {
            Description = description,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(ApiDescription.Problem, context.Document) },
            },
        });

    private static void Describe(OpenApiOperation operation, string sentence) =>
        operation.Description = string.IsNullOrEmpty(operation.Description) ? sentence : $"{operation.Description} {sentence}";
}
