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
function __oriel_machines
    oriel ls --all 2>/dev/null | string replace -rf '^(\S+) .*' '$1' | tail -n +2
end
complete -c oriel -n 'not __fish_is_first_arg' -a '(__oriel_words)'
complete -c oriel -n '__fish_seen_subcommand_from up down view console snapshot pause resume cd usb' \
    -a '(__oriel_machines)'
complete -c oriel -n '__fish_seen_subcommand_from snapshot' -a 'list create restore delete'
complete -c oriel -n '__fish_seen_subcommand_from usb' -a 'add remove'
complete -c oriel -n '__fish_seen_subcommand_from cd' -a 'eject'
