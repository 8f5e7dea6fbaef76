/**
 * What a shell is told by `completion SHELL`: at each Tab it asks this tool (`__complete`) with the line as far as the
 * cursor, so the scripts never grow stale. The answer is a candidate on each line, a tab and its help behind it, or
 * `:files` where the shell's own completion of file names is wanted.
 */
export const COMPLETION_SCRIPTS = {
  // Works from bash 3.2, that of macOS, where compopt is missing and its errors are of no interest.
  bash: `# Completion of kafka-replicator for bash. In ~/.bashrc:
#   source <(kafka-replicator completion bash)
_kafka_replicator() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = ':files' ]; then
      compopt -o default 2>/dev/null
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(kafka-replicator __complete bash -- "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  case "\${COMPREPLY[0]}" in
    *[/=]) compopt -o nospace 2>/dev/null ;;
  esac
}
complete -F _kafka_replicator kafka-replicator
`,
  zsh: `#compdef kafka-replicator
# Completion of kafka-replicator for zsh. In ~/.zshrc, after compinit:
#   source <(kafka-replicator completion zsh)
_kafka_replicator() {
  local line value described
  local -a answer plain open
  answer=("\${(@f)$(kafka-replicator __complete zsh -- "\${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)}")
  if [[ "$answer[1]" == ':files' ]]; then
    _files
    return
  fi
  for line in $answer; do
    if [[ -z "$line" ]]; then continue; fi
    value="\${line%%$'\\t'*}"
    # _describe wants value:help.
    described="\${value//:/\\\\:}"
    if [[ "$line" == *$'\\t'* ]]; then described+=":\${line#*$'\\t'}"; fi
    if [[ "$value" == *[/=] ]]; then open+=("$described"); else plain+=("$described"); fi
  done
  _describe 'kafka-replicator' plain -- open -S ''
}
if [[ "$funcstack[1]" == '_kafka_replicator' ]]; then
  _kafka_replicator "$@"
else
  compdef _kafka_replicator kafka-replicator
fi
`,
  fish: `# Completion of kafka-replicator for fish. In ~/.config/fish/config.fish:
#   kafka-replicator completion fish | source
function __kafka_replicator_complete
    set -l answer (kafka-replicator __complete fish -- (commandline -cp | string collect) 2>/dev/null)
    if test "$answer[1]" = ':files'
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $answer
    end
end
complete -c kafka-replicator -f -a '(__kafka_replicator_complete)'
`,
} as const

export type CompletionShell = keyof typeof COMPLETION_SCRIPTS
