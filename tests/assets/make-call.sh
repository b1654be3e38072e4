#!/bin/sh
# Makes call.wav, call.mp3 and call.aac again, in this folder. Needs Debian's espeak-ng and ffmpeg.
set -e
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rep() { espeak-ng -v en-us -s 185 -p 35 -w "$work/$1.wav" "$2"; }
customer() { espeak-ng -v en-gb+f3 -s 185 -p 60 -w "$work/$1.wav" "$2"; }
rep 1 "Hello, I am calling about your quote for the new roof."
customer 2 "Does it include taking the old tiles away?"
rep 3 "Yes, it does. We can start on Tuesday morning."
customer 4 "Good. Please send me the contract. Goodbye."
ffmpeg -v error -f lavfi -i anullsrc=r=22050:cl=mono -t 0.25 "$work/gap.wav"
printf "file '%s'\n" "$work/1.wav" "$work/gap.wav" "$work/2.wav" "$work/gap.wav" "$work/3.wav" "$work/gap.wav" "$work/4.wav" > "$work/list"
ffmpeg -v error -f concat -safe 0 -i "$work/list" -ar 22050 -ac 1 "$work/full.wav"
ffmpeg -v error -y -i "$work/full.wav" -ar 16000 -ac 1 -c:a pcm_s16le -map_metadata -1 -fflags +bitexact -flags:a +bitexact call.wav
ffmpeg -v error -y -i "$work/full.wav" -ac 1 -c:a libmp3lame -b:a 48k -id3v2_version 3 -metadata title="Call about a quote" call.mp3
ffmpeg -v error -y -i "$work/full.wav" -ac 1 -ar 22050 -c:a aac -b:a 40k -f adts call.aac
