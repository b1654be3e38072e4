namespace Siro.Gateway.Proxy;

/// <summary>
/// Path templates as a tree of segments. A literal segment goes before a parameter; when it leads nowhere, the parameter is tried.
/// </summary>
internal sealed class OperationTree
{
    private readonly Node _root = new();

    /// <summary>Adds a template such as <c>/v1/core/users/{id}</c>.</summary>
    public void Add(string method, string template, Operation operation)
    {
        var node = _root;
        foreach (var segment in template.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = segment[0] == '{' ? node.Parameter ??= new Node() : node.Literal(segment);
        }

        node.Operations[method] = operation;
    }

    /// <summary>The operation of this method at this raw path, or null.</summary>
    public Operation? Find(string method, ReadOnlySpan<char> path)
    {
        Span<char> buffer = stackalloc char[PathSegments.MaxLength];
        return Find(_root, method, path, buffer);
    }

    private static Operation? Find(Node node, string method, ReadOnlySpan<char> rest, Span<char> buffer)
    {
        if (!PathSegments.Next(ref rest, buffer, out var segment))
        {
            return node.Operations.GetValueOrDefault(method);
        }

        // The segment lives in the shared buffer: it is looked up before the search goes deeper and overwrites it.
        var literal = node.FindLiteral(segment);
        return (literal is null ? null : Find(literal, method, rest, buffer))
            ?? (node.Parameter is null ? null : Find(node.Parameter, method, rest, buffer));
    }

    private sealed class Node
    {
        private readonly Dictionary<string, Node> _literals = new(StringComparer.OrdinalIgnoreCase);

        public Dictionary<string, Operation> Operations { get; } = new(StringComparer.Ordinal);

        public Node? Parameter { get; set; }

        public Node Literal(string segment)
        {
            if (!_literals.TryGetValue(segment, out var node))
            {
                _literals[segment] = node = new Node();
            }

            return node;
        }

        public Node? FindLiteral(ReadOnlySpan<char> segment) =>
            _literals.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(segment, out var node) ? node : null;
    }
}
