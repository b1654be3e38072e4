namespace Siro.Emulator.Hosting;

internal delegate ValueTask<Answer> Handler(Exchange exchange);

/// <param name="Template">As published, such as <c>/v1/core/recordings/{id}</c>.</param>
internal sealed record Route(string Method, string Template, Handler Handle)
{
    public string[] Segments { get; } = Template.Split('/', StringSplitOptions.RemoveEmptyEntries);
}

internal readonly record struct RouteMatch(Route? Route, string[] Segments)
{
    /// <summary>A path parameter; the server unescaped all but slashes.</summary>
    public string this[string parameter]
    {
        get
        {
            for (var i = 0; i < Route!.Segments.Length; i++)
            {
                var segment = Route.Segments[i].AsSpan();
                if (segment.Length == parameter.Length + 2 && segment[0] == '{' && segment[1..^1].SequenceEqual(parameter))
                {
                    return Segments[i].Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
                }
            }

            throw new InvalidOperationException($"No {parameter} in {Route.Template}");
        }
    }
}

/// <summary>The operations of one host. Literals win over parameters, whatever the order of adding.</summary>
internal sealed class RouteTable
{
    private readonly Node _root = new();

    public bool Contains(string method, string template)
    {
        var node = _root;
        foreach (var segment in template.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!node.Children.TryGetValue(Key(segment), out node!))
            {
                return false;
            }
        }

        return node.Routes.ContainsKey(method);
    }

    public void Add(string method, string template, Handler handle)
    {
        var route = new Route(method, template, handle);
        var node = _root;
        foreach (var segment in route.Segments)
        {
            var key = Key(segment);
            if (!node.Children.TryGetValue(key, out var child))
            {
                node.Children[key] = child = new Node();
            }

            node = child;
        }

        node.Routes[method] = route;
    }

    public RouteMatch Find(string method, string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return new RouteMatch(Find(_root, HttpMethods.IsHead(method) ? "GET" : method, segments, 0), segments);
    }

    private static Route? Find(Node node, string method, string[] segments, int at)
    {
        if (at == segments.Length)
        {
            return node.Routes.GetValueOrDefault(method);
        }

        if (node.Children.TryGetValue(segments[at], out var literal) && Find(literal, method, segments, at + 1) is { } found)
        {
            return found;
        }

        return node.Children.TryGetValue("*", out var any) ? Find(any, method, segments, at + 1) : null;
    }

    private static string Key(string segment) => segment[0] == '{' ? "*" : segment;

    private sealed class Node
    {
        public Dictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, Route> Routes { get; } = new(StringComparer.Ordinal);
    }
}
