# Completion of flinch for bash. It needs nothing but bash: the program's own completion is left to
# bash-completion where that is installed.

_flinch_options='--plan --inject --seed --timeout --log --backend --hostile --env --quiet --help'

# Faults behind the first colon of a rule, selectors behind the next; calls before.
_flinch_rule() {
  local rule=$1 prefix words
  case $rule in
    *:*:*) prefix=${rule%:*}: words='when= rate= on= fd= process= thread= limit= nth=' ;;
    *:*) prefix=${rule%:*}: words='short short= eintr eintr= eagain full signal= delay= error=EINTR error=EAGAIN' ;;
    *,*) prefix=${rule%,*}, words=$_flinch_calls ;;
    *) prefix= words=$_flinch_calls ;;
  esac
  mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$words" -- "${rule#"$prefix"}")
  # Readline takes a colon for the end of a word, so what stands before it must not be given again.
  local shown=${rule%"${rule##*:}"}
  if [[ $COMP_WORDBREAKS == *:* && -n $shown ]]; then
    COMPREPLY=("${COMPREPLY[@]#"$shown"}")
  fi
  [[ $(type -t compopt) == builtin ]] && compopt -o nospace 2>/dev/null
}
_flinch_calls='%read %write %wait %accept %connect %network %ipc %shm %msg %sem %signal %desc %process all
  read write readv writev recv recvfrom recvmsg send sendto sendmsg accept connect poll select epoll_wait
  semop semtimedop msgsnd msgrcv mq_send mq_receive futex sem_wait waitpid sleep'

# The word at the cursor with the parts that Readline cut off at colons and equal signs joined again,
# and in `previous` the option in front of it.
_flinch_join() {
  local i
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if ((i > 1)) && [[ ${COMP_WORDS[i]} == [:=]* || ${COMP_WORDS[i - 1]} == *[:=] ]]; then
      words[${#words[@]} - 1]+=${COMP_WORDS[i]}
    else
      words+=("${COMP_WORDS[i]}")
    fi
  done
}

_flinch() {
  local words current previous i
  _flinch_join
  current=${words[-1]}
  if ((${#words[@]} <= 2)); then
    mapfile -t COMPREPLY < <(compgen -W 'run trace faults conformance help --help --version' -- "$current")
    return
  fi
  case ${words[1]} in
    faults) mapfile -t COMPREPLY < <(compgen -W '--json --help' -- "$current") ; return ;;
    help) mapfile -t COMPREPLY < <(compgen -W 'run trace faults conformance' -- "$current") ; return ;;
    conformance)
      case ${words[-2]} in
        --json | --programs) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        --cases | --seed) ;;
        *)
          local offered='--cases --seed --json --programs --list --help'
          [[ $current == -* ]] || offered=$("${words[0]}" conformance --list 2>/dev/null)
          mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$current")
          ;;
      esac
      return
      ;;
    run | trace) ;;
    *) return ;;
  esac
  # Where does the program begin? Behind it the words are its own.
  for ((i = 2; i < ${#words[@]} - 1; i++)); do
    case ${words[i]} in
      --plan | --inject | --seed | --timeout | --log | --backend | --env) ((i++)) ;;
      --) ((i++)) ; break ;;
      -*) ;;
      *) break ;;
    esac
  done
  previous=${words[-2]}
  if ((i < ${#words[@]} - 1)); then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  case $previous in
    --inject) _flinch_rule "$current" ; return ;;
    --plan | --log) mapfile -t COMPREPLY < <(compgen -f -- "$current") ; return ;;
    --backend) mapfile -t COMPREPLY < <(compgen -W 'kernel' -- "$current") ; return ;;
    --env) mapfile -t COMPREPLY < <(compgen -v -S = -- "$current") ; return ;;
    --seed | --timeout) return ;;
  esac
  case $current in
    --inject=*) _flinch_rule "${current#--inject=}" ;;
    -*) mapfile -t COMPREPLY < <(compgen -W "$_flinch_options" -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -c -- "$current") ;;
  esac
}

complete -F _flinch flinch
