using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Siro.Gateway.Tests.Deployment;

/// <summary>
/// The part of Go's text/template that the chart is written in: actions, pipelines, variables, if, with, range, define, include. What it
/// does not know throws, so that a template can't pass by what this leaves out.
/// </summary>
internal sealed partial class GoTemplate
{
    private readonly Dictionary<string, List<Node>> _defined = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<object?[], object?>> _functions;

    public GoTemplate(IReadOnlyDictionary<string, Func<object?[], object?>> functions)
    {
        _functions = new(functions, StringComparer.Ordinal) { ["include"] = a => Include((string)a[0]!, a[1]) };
    }

    /// <summary>Takes over the templates that this file defines.</summary>
    public void Define(string name, string text) => _defined[name] = Parse(name, text);

    /// <summary>Renders what was defined under this name.</summary>
    public string Include(string name, object? data)
    {
        var output = new StringBuilder();
        var nodes = _defined.TryGetValue(name, out var found)
            ? found
            : throw new InvalidOperationException($"No template is called '{name}'.");
        Run(nodes, data, new Scope(data, null), output);
        return output.ToString();
    }

    private void Run(IEnumerable<Node> nodes, object? dot, Scope scope, StringBuilder output)
    {
        foreach (var node in nodes)
        {
            node(dot, scope, output);
        }
    }

    private List<Node> Parse(string name, string text)
    {
        var tokens = Tokens(text);
        var at = 0;
        var nodes = Block(name, tokens, ref at, out var end);
        return end is null ? nodes : throw new FormatException($"{name}: '{end}' without a block");
    }

    /// <summary>Nodes up to the end, or to the 'end' or 'else' that belongs to whoever called.</summary>
    private List<Node> Block(string name, List<(bool Action, string Text)> tokens, ref int at, out string? end)
    {
        var nodes = new List<Node>();
        while (at < tokens.Count)
        {
            var (action, text) = tokens[at++];
            if (!action)
            {
                nodes.Add((_, _, output) => output.Append(text));
                continue;
            }

            var word = text.Split(' ', 2)[0];
            if (word is "end" or "else")
            {
                end = text;
                return nodes;
            }

            nodes.Add(Action(name, word, text, tokens, ref at));
        }

        end = null;
        return nodes;
    }

    private Node Action(string name, string word, string text, List<(bool Action, string Text)> tokens, ref int at)
    {
        switch (word)
        {
            case "define":
                _defined[text["define".Length..].Trim().Trim('"')] = Body(name, tokens, ref at);
                return (_, _, _) => { };
            case "if" or "with" or "range":
                return Branch(name, word, text[word.Length..].Trim(), tokens, ref at);
            default:
                if (Assignment().Match(text) is { Success: true } assignment)
                {
                    var (variable, declares, value) = (
                        assignment.Groups[1].Value, assignment.Groups[2].Value == ":=", Expression(assignment.Groups[3].Value));
                    return (dot, scope, _) => scope.Set(variable, value(dot, scope), declares);
                }

                var printed = Expression(text);
                return (dot, scope, output) => output.Append(Text(printed(dot, scope)));
        }
    }

    private List<Node> Body(string name, List<(bool Action, string Text)> tokens, ref int at)
    {
        var body = Block(name, tokens, ref at, out var end);
        return end == "end" ? body : throw new FormatException($"{name}: a block ends with '{end}'");
    }

    private Node Branch(string name, string word, string condition, List<(bool Action, string Text)> tokens, ref int at)
    {
        string[] variables = [];
        if (RangeVariables().Match(condition) is { Success: true } declared)
        {
            variables = declared.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries);
            condition = declared.Groups[2].Value;
        }

        var value = Expression(condition);
        var body = Block(name, tokens, ref at, out var end);
        List<Node> otherwise = [];
        if (end is not null && end.StartsWith("else ", StringComparison.Ordinal))
        {
            var rest = end["else ".Length..].Trim();
            otherwise = [Branch(name, rest.Split(' ', 2)[0], rest.Split(' ', 2)[1], tokens, ref at)];
        }
        else if (end == "else")
        {
            otherwise = Body(name, tokens, ref at);
        }
        else if (end != "end")
        {
            throw new FormatException($"{name}: '{word} {condition}' is not closed");
        }

        return (dot, scope, output) =>
        {
            var found = value(dot, scope);
            if (!Truth(found))
            {
                Run(otherwise, dot, new Scope(scope), output);
                return;
            }

            foreach (var (key, item) in word == "range" ? Items(found) : [(null, found)])
            {
                var inner = new Scope(scope);
                foreach (var (index, variable) in variables.Index())
                {
                    inner.Set(variable, variables.Length == 2 && index == 0 ? key : item, declares: true);
                }

                Run(body, word == "if" ? dot : item, inner, output);
            }
        };
    }

    private static IEnumerable<(object? Key, object? Item)> Items(object? found) => found switch
    {
        IList<object?> list => list.Select((item, index) => ((object?)(long)index, item)),
        IDictionary<string, object?> map => map.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => ((object?)m.Key, m.Value)),
        _ => throw new InvalidOperationException($"range can't iterate over {found}"),
    };

    private Evaluation Expression(string text)
    {
        var words = Word().Matches(text).Select(m => m.Value).Where(w => !string.IsNullOrWhiteSpace(w)).ToList();
        if (string.Concat(words).Length != text.Count(c => !char.IsWhiteSpace(c)) && !text.Contains('"', StringComparison.Ordinal))
        {
            throw new FormatException($"'{text}' is not understood");
        }

        var at = 0;
        var value = Pipeline(words, ref at);
        return at == words.Count ? value : throw new FormatException($"'{text}': '{words[at]}' is one word too many");
    }

    private Evaluation Pipeline(List<string> words, ref int at)
    {
        var value = Command(words, ref at, null);
        while (at < words.Count && words[at] == "|")
        {
            at++;
            value = Command(words, ref at, value);
        }

        return value;
    }

    private Evaluation Command(List<string> words, ref int at, Evaluation? piped)
    {
        var first = words[at];
        var arguments = new List<Evaluation>();
        string? function = null;
        if (char.IsAsciiLetter(first[0]) && first is not ("true" or "false" or "nil"))
        {
            function = first;
            at++;
        }

        while (at < words.Count && words[at] is not ("|" or ")"))
        {
            arguments.Add(Operand(words, ref at));
        }

        if (function is null)
        {
            // .Files.Get is a method: what stands behind it is its argument.
            return arguments is [var only] && piped is null ? only
                : arguments is [var method, .. var given] ? (dot, scope) => method(dot, scope) is Func<object?[], object?> call
                    ? call([.. given.Select(a => a(dot, scope))])
                    : throw new InvalidOperationException($"'{first}' is no function")
                : throw new FormatException($"'{first}' is no function");
        }

        if (piped is not null)
        {
            arguments.Add(piped);
        }

        // These two stop at the first argument that decides, as Go's do.
        if (function is "and" or "or")
        {
            return (dot, scope) =>
            {
                object? last = null;
                foreach (var argument in arguments)
                {
                    last = argument(dot, scope);
                    if (Truth(last) != (function == "and"))
                    {
                        break;
                    }
                }

                return last;
            };
        }

        var call = _functions.TryGetValue(function, out var known)
            ? known
            : throw new FormatException($"the function '{function}' is not known");
        return (dot, scope) => call([.. arguments.Select(a => a(dot, scope))]);
    }

    private Evaluation Operand(List<string> words, ref int at)
    {
        var word = words[at++];
        Evaluation value;
        var path = "";
        if (word == "(")
        {
            value = Pipeline(words, ref at);
            at += at < words.Count && words[at] == ")" ? 1 : throw new FormatException("a parenthesis is not closed");
        }
        else if (word[0] is '"' or '`')
        {
            var literal = word[0] == '"' ? Regex.Unescape(word[1..^1]) : word[1..^1];
            value = (_, _) => literal;
        }
        else if (word[0] == '$')
        {
            var dotAt = word.IndexOf('.', StringComparison.Ordinal);
            var variable = dotAt < 0 ? word : word[..dotAt];
            path = dotAt < 0 ? "" : word[dotAt..];
            value = (_, scope) => scope.Get(variable);
        }
        else if (word[0] == '.')
        {
            path = word == "." ? "" : word;
            value = (dot, _) => dot;
        }
        else
        {
            object? constant = word switch
            {
                "true" => true,
                "false" => false,
                "nil" => null,
                _ when long.TryParse(word, CultureInfo.InvariantCulture, out var number) => number,
                _ => throw new FormatException($"'{word}' is not understood"),
            };
            value = (_, _) => constant;
        }

        var names = path.Split('.', StringSplitOptions.RemoveEmptyEntries);
        return names.Length == 0 ? value : (dot, scope) => names.Aggregate(value(dot, scope), (found, name) => Member(found, name, word));
    }

    private static object? Member(object? found, string name, string word) => found switch
    {
        IDictionary<string, object?> map => map.TryGetValue(name, out var value) ? value : null,
        null => throw new InvalidOperationException($"{word}: nil has no member {name}"),
        _ => throw new InvalidOperationException($"{word}: {found} has no member {name}"),
    };

    /// <summary>As Go decides: nil, false, zero and whatever is empty are false.</summary>
    public static bool Truth(object? value) => value switch
    {
        null or false or 0L or 0d or "" => false,
        IDictionary<string, object?> map => map.Count > 0,
        IList<object?> list => list.Count > 0,
        _ => true,
    };

    /// <summary>
    /// As Go prints. Helm reads every number as a float, which it prints with an exponent from a million on: refused here.
    /// </summary>
    public static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        long number when Math.Abs(number) < 1_000_000 => number.ToString(CultureInfo.InvariantCulture),
        double number when Math.Abs(number) < 1_000_000 => number.ToString("R", CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException($"{value} ({value.GetType().Name}) would be printed as nobody wants it"),
    };

    private static List<(bool Action, string Text)> Tokens(string text)
    {
        var tokens = new List<(bool, string)>();
        var at = 0;
        var trim = false;
        foreach (Match action in Delimited().Matches(text))
        {
            var before = text[at..action.Index];
            before = trim ? before.TrimStart() : before;
            before = action.Groups["left"].Success ? before.TrimEnd() : before;
            tokens.Add((false, before));
            var inside = action.Groups["inside"].Value.Trim();
            if (!inside.StartsWith("/*", StringComparison.Ordinal))
            {
                tokens.Add((true, inside));
            }

            trim = action.Groups["right"].Success;
            at = action.Index + action.Length;
        }

        tokens.Add((false, trim ? text[at..].TrimStart() : text[at..]));
        return tokens;
    }

    private delegate void Node(object? dot, Scope scope, StringBuilder output);

    private delegate object? Evaluation(object? dot, Scope scope);

    /// <summary>Variables; <c>$</c> is what the template was given.</summary>
    private sealed class Scope
    {
        private readonly Scope? _outer;
        private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

        public Scope(object? root, Scope? outer)
        {
            _outer = outer;
            _values["$"] = root;
        }

        public Scope(Scope outer) => _outer = outer;

        public object? Get(string name) =>
            _values.TryGetValue(name, out var value)
                ? value
                : (_outer ?? throw new InvalidOperationException($"{name} is not declared")).Get(name);

        public void Set(string name, object? value, bool declares)
        {
            if (declares || _values.ContainsKey(name))
            {
                _values[name] = value;
            }
            else
            {
                (_outer ?? throw new InvalidOperationException($"{name} is not declared")).Set(name, value, declares);
            }
        }
    }

    [GeneratedRegex(@"\{\{(?<left>-(?=\s))?(?<inside>.*?)(?<right>(?<=\s)-)?\}\}", RegexOptions.Singleline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Delimited();

    [GeneratedRegex(@"^(\$\w+)\s*(:=|=)\s*(.+)$", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^(\$\w+(?:\s*,\s*\$\w+)?)\s*:=\s*(.+)$", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RangeVariables();

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`|[()|]|[^\\s()|\"`]+", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
