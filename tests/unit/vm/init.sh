#!/bin/sh
# init.sh ORIEL - `oriel init` as a person runs it. TAP.
set -u
oriel=$(cd "$(dirname "${1:?usage: init.sh ORIEL}")" && pwd)/${1##*/}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0 failed=0 skip=
mkdir "$work/vms" && cd "$work/vms" || exit 1
: >Win11_24H2_English_x64.iso >virtio-win-0.1.271.iso >debian-12.iso
unset LC_ALL LANG

# Each prints what is wrong; silence is success.
says() { # STATUS TEXT ARGUMENT...
	wanted=$1 text=$2
	shift 2
	"$oriel" init "$@" >"$work/out" 2>&1
	status=$?
	[ $status = "$wanted" ] || echo "oriel init $*: status $status: $(cat "$work/out")"
	grep -qF -e "$text" "$work/out" || echo "oriel init $*: no \"$text\": $(cat "$work/out")"
}

has() { # FILE TEXT
	grep -qF -e "$2" "$1" || { echo "no \"$2\" in $1:"; cat "$1"; }
}

help_fits_a_terminal() {
	says 0 'NAME|FILE.yaml' --help
	awk 'length > 80 { print "too wide: " $0 }' "$work/out"
}

wrong_use_is_told() {
	says 2 'a name is needed'
	says 1 '--os is needed' x --iso virtio-win-0.1.271.iso
	says 1 '--os dos: say windows11' x --os dos
	says 1 'there is no such file' x --os linux --iso none.iso
	says 1 "a machine's name begins" ../-x --os linux
	says 1 'is for Windows' x --os linux --answer-file --user a
	says 2 '--user is for the CD that --answer-file makes' x --os windows11 --user a
	says 2 'give --product-key-file FILE' x --os windows11 --answer-file --product-key \
		AAAAA-BBBBB-CCCCC-DDDDD-EEEEE
	says 1 'nowhere: No such file' x --os windows11 --answer-file --product-key-file nowhere
	echo 12345 >key
	says 1 'five groups of five' x --os windows11 --answer-file --product-key-file key
	: >key
	says 1 'no product key was given' x --os windows11 --answer-file --product-key-file key
	[ ! -e x.yaml ] || echo 'written all the same'
}

windows_11_is_whole() {
	says 0 'UEFI with Secure Boot' win11 --os windows11 --disk 100G
	has win11.yaml '/vms/Win11_24H2_English_x64.iso'
	has win11.yaml '/vms/virtio-win-0.1.271.iso'
	has win11.yaml 'file: win11.qcow2, size: 100G'
	! grep debian win11.yaml
}

plan_takes_it() {
	"$oriel" init --force linux --os linux --gpu none >"$work/out" 2>&1 || cat "$work/out"
	"$oriel" plan linux.yaml >"$work/plan" 2>"$work/errors" && return
	grep -qE 'there is no|install' "$work/errors" || cat "$work/errors"
}

images_name_the_system() {
	says 0 'oriel up' deb --iso debian-12.iso
	has deb.yaml 'os: linux'
}

nothing_is_overwritten() {
	echo mine >mine.yaml
	says 1 '--force overwrites it' mine --os linux
	has mine.yaml mine
	says 0 'oriel up' mine.yaml --os linux --force
	has mine.yaml 'name: mine'
}

windows_installs_itself() {
	if ! command -v xorriso >"$work/xorriso"; then
		skip='xorriso is not installed'
		return
	fi
	mkdir 'to=ols' && echo program >'to=ols/a-setup.exe'
	echo 'secret word' | "$oriel" init self --os windows11 --answer-file --user me \
		--language fr-FR --tools 'to=ols' >"$work/out" 2>&1 || cat "$work/out"
	has self.yaml '/vms/self-setup.iso'
	has self.yaml 'name: self'
	ls -l self-setup.iso | grep -v '^-rw-------'
	for file in autounattend.xml oriel/first-logon.cmd oriel/a-setup.exe; do
		xorriso -osirrox on -indev self-setup.iso -extract "/$file" "$work/got" \
			>"$work/out" 2>&1 || cat "$work/out"
		case $file in
		*.xml) has "$work/got" '<UserLocale>fr-FR</UserLocale>' ;;
		*.cmd) has "$work/got" 'virtio-win-guest-tools.exe' ;;
		*) has "$work/got" program ;;
		esac
		grep -l 'secret word' "$work/got"
		rm -f "$work/got"
	done
}

# From a file, or before the password; never in what everybody can list, so no argument is one.
keys_come_by_files() {
	if ! command -v xorriso >"$work/xorriso"; then
		skip='xorriso is not installed'
		return
	fi
	key=AAAAA-BBBBB-CCCCC-DDDDD-EEEEE
	printf '%s\r\n' $key >key
	printf '%s\nword\n' $key >both
	echo word | "$oriel" init one --os windows11 --answer-file --user me \
		--product-key-file key >"$work/out" 2>&1 || cat "$work/out"
	"$oriel" init two --os windows11 --answer-file --user me --product-key-file - <both \
		>"$work/out" 2>&1 || cat "$work/out"
	for machine in one two; do
		xorriso -osirrox on -indev $machine-setup.iso -extract /autounattend.xml "$work/got" \
			>"$work/out" 2>&1 || cat "$work/out"
		has "$work/got" "<Key>$key</Key>"
		rm -f "$work/got"
	done
}

a_windows_that_is_there_is_not_erased() {
	: >there.qcow2
	says 1 'would erase it' there --os windows11 --answer-file --user me
	[ ! -e there.yaml ] || echo 'written all the same'
}

who_makes_no_cds_says_so() {
	mkdir "$work/bin"
	echo word | PATH=$work/bin "$oriel" init cdless --os windows11 --answer-file --user me \
		>"$work/out" 2>&1 && echo 'no error'
	has "$work/out" 'install xorriso'
	[ ! -e cdless.yaml ] || echo 'written all the same'
}

for name in help_fits_a_terminal wrong_use_is_told windows_11_is_whole plan_takes_it \
	images_name_the_system nothing_is_overwritten windows_installs_itself keys_come_by_files \
	a_windows_that_is_there_is_not_erased who_makes_no_cds_says_so; do
	number=$((number + 1)) skip=
	$name >"$work/said" 2>&1
	if [ -s "$work/said" ]; then
		failed=1
		sed 's/^/# /' "$work/said"
		echo "not ok $number - $name"
	else
		echo "ok $number - $name${skip:+ # SKIP $skip}"
	fi
done
echo "1..$number"
exit $failed
