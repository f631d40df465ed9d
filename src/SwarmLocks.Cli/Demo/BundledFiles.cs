using System.Text;

namespace SwarmLocks.Cli.Demo;

/// <summary>Files for the demo where there is no repository to copy from: a small project as a few agents might share it.</summary>
internal static class BundledFiles
{
    public static IReadOnlyList<SampleFile> All { get; } =
    [
        File("CHANGELOG.md", """
            # Changes

            ## Unreleased

            - Greets in the language of the visitor.
            - Says goodbye only once.

            ## 1.0

            - Greets.
            """),
        File("src/greeter/words.json", """
            {
              "en": "Hello",
              "fr": "Bonjour",
              "de": "Guten Tag",
              "sw": "Habari"
            }
            """),
        File("src/greeter/greeter.py", """
            import json
            from pathlib import Path

            WORDS = json.loads(Path(__file__).with_name("words.json").read_text())


            def greet(name, language="en"):
                word = WORDS.get(language, WORDS["en"])
                return f"{word}, {name}!"
            """),
        File("src/greeter/__main__.py", """
            import sys

            from .greeter import greet

            for name in sys.argv[1:] or ["world"]:
                print(greet(name))
            """),
        File("tests/test_greeter.py", """
            from greeter.greeter import greet


            def test_greets_by_name():
                assert greet("Ada") == "Hello, Ada!"


            def test_falls_back_to_english():
                assert greet("Ada", "tlh") == "Hello, Ada!"
            """),
        File("README.md", """
            # Greeter

            Says hello in a few languages.

                python -m greeter Ada
            """),
    ];

    private static SampleFile File(string name, string text) => new(name, Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n") + "\n"));
}
