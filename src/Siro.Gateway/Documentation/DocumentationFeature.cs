using Siro.Gateway.Access;

namespace Siro.Gateway.Documentation;

/// <summary>The gateway's own API, described at <c>/openapi/v1.json</c> and shown at <c>/docs</c>.</summary>
internal static class DocumentationFeature
{
    public static void AddDocumentation(this WebApplicationBuilder builder) => builder.Services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer<ApiDescription>();
        options.AddOperationTransformer<OperationDescription>();
    });

    public static void MapDocumentation(this WebApplication app)
    {
        // The one there is: of any other the framework says in plain text that it is missing.
        app.MapOpenApi("/openapi/{documentName:regex(^v1$)}.json").OpenToAll().WithDisplayName("openapi");

        app.MapGet("/", StartPage.Get).OpenToAll().ExcludeFromDescription().WithDisplayName("start page");

        // The page's files come out of the package: nothing is fetched from elsewhere, and nothing else may run on it.
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments("/docs", StringComparison.OrdinalIgnoreCase),
            docs =>
            {
                docs.Use((context, next) =>
                {
                    PageHeaders.Set(context.Response.Headers);
                    return next(context);
                });
                docs.UseSwaggerUI(page =>
                {
                    page.RoutePrefix = "docs";
                    page.DocumentTitle = "Siro.Gateway API";
                    page.SwaggerEndpoint("/openapi/v1.json", "Siro.Gateway v1");
                    page.ConfigObject.AdditionalItems["validatorUrl"] = null!;

                    // There is one description: no bar to choose another.
                    page.HeadContent = "<style>.swagger-ui .topbar { display: none }</style>";
                    page.EnableDeepLinking();
                    page.DefaultModelsExpandDepth(0);
                });
            });
    }
}
