# fish completion for oriel. SPDX-License-Identifier: GPL-2.0-or-later
# Asks the program itself, so that it never lags behind.
function __oriel_commands
    oriel help 2>/dev/null | string replace -rf '^  ([a-z]+) +(.*)' '$1\t$2'
end
function __oriel_words
    set -l words (commandline -opc)
    oriel $words[2] --help 2>/dev/null |
        string replace -rf '^  (?:-., )?(--[a-z-]+|[a-z]+)(?:=\S+)?  +(.*)' '$1\t$2'
end
complete -c oriel -n '__fish_is_first_arg' -f -a '(__oriel_commands)'
complete -c oriel -n 'not __fish_is_first_arg' -a '(__oriel_words)'
