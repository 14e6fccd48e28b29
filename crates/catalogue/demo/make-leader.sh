#!/usr/bin/env bash
# Makes leader.mp4, the short film that the demonstration titles play: a film leader that counts
# from 8 to 2, then the store's name. Nothing goes in but ffmpeg's own sources and the Liberation
# fonts, which fontconfig finds. It takes about half a minute, and each run gives the same film.
#
# usage: ./make-leader.sh OUTPUT.mp4
set -euo pipefail

readonly WIDTH=1280 HEIGHT=720 RATE=24
readonly DIGITS='Liberation Sans Narrow:bold' SERIF='Liberation Serif' ITALIC='Liberation Serif:italic'
readonly NIGHT=0x14100C PAPER=0xF3E9D6 AMBER=0xF0A63C MUTED=0x9A8B74

# Seconds: the card before the count, the count (8 to 2, one a second), the store's name.
readonly CARD=3 COUNT=7 TITLE=12
readonly TITLE_AT=$((CARD + COUNT)) LENGTH=$((CARD + COUNT + TITLE))
readonly MAX_BYTES=2000000

main() {
  if (($# != 1)); then
    echo "usage: $0 OUTPUT.mp4" >&2
    exit 2
  fi
  local output=$1 draft
  draft=$(mktemp --suffix=.mp4 "$(dirname "$output")/.leader-XXXXXX")
  # The path is expanded now, because the local is gone when the trap runs.
  # shellcheck disable=SC2064
  trap "rm -f '$draft'" EXIT

  ffmpeg -hide_banner -loglevel error -y \
    -filter_complex "$(pictures);$(sound)" -map '[picture]' -map '[sound]' \
    -c:v libx264 -profile:v high -level:v 3.1 -pix_fmt yuv420p -preset slow -crf 30 -aq-mode 3 -g $((2 * RATE)) \
    -color_primaries bt709 -color_trc bt709 -colorspace bt709 \
    -c:a aac -b:a 64k -ac 1 -ar 48000 \
    -t "$LENGTH" -map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact \
    -movflags +faststart "$draft"

  if (($(stat -c %s "$draft") > MAX_BYTES)); then
    echo "$0: the film is over $MAX_BYTES bytes" >&2
    exit 1
  fi
  chmod 644 "$draft"
  mv "$draft" "$output"
}

pictures() {
  cat <<FILTERS
$(sweep)[sweep];
color=$NIGHT:s=${WIDTH}x$HEIGHT:r=$RATE:d=$CARD,format=gbrp[dark];
[dark][sweep]concat=n=2,format=gbrp[ground];
$(target)[target];
[ground][target]overlay=shortest=1:format=gbrp,$(leader_text)[leader];
$(lamp)[lamp];
color=$AMBER:s=180x2:r=$RATE:d=$TITLE,format=rgba,fade=in:st=1.4:d=0.8:alpha=1[rule];
[lamp][rule]overlay=(W-w)/2:$((HEIGHT / 2 + 62)):format=gbrp,$(title_text)[title];
[leader][title]concat=n=2,format=gbrp[clean];
$(wear)[wear];
[clean][wear]blend=all_mode=screen:shortest=1,$(projector)[picture]
FILTERS
}

# One second of the clock hand, at half size because geq is slow, then repeated for each number.
sweep() {
  local angle='mod(atan2(X-W/2,H/2-Y)+2*PI,2*PI)' hand="(2*PI*N/$RATE)"
  local radius='hypot(X-W/2,Y-H/2)'
  local swept="clip(($hand-$angle)*$radius/1.5+0.5,0,1)"
  local glow="exp(-3*max(0,$hand-$angle))"
  local edge="clip(1.6-abs(sin($angle-$hand))*$radius,0,1)*gt(cos($angle-$hand),0)"
  local fall="(1-0.45*pow($radius/hypot(W/2,H/2),2))"
  local shade="$swept*(34+40*$glow)+170*$edge"
  printf "color=black:s=%sx%s:r=%s:d=1,format=gbrp,geq=r='%s':g='%s':b='%s',scale=%s:%s:flags=bicubic,loop=%s:%s,setpts=N/%s/TB" \
    $((WIDTH / 2)) $((HEIGHT / 2)) "$RATE" \
    "$fall*(23+1.00*($shade))" "$fall*(18+0.74*($shade))" "$fall*(14+0.44*($shade))" \
    "$WIDTH" "$HEIGHT" $((COUNT - 1)) "$RATE" "$RATE"
}

# Two rings and a crosshair that stops short of the number.
target() {
  local radius='hypot(X-W/2+0.5,Y-H/2+0.5)'
  local rings="max(clip(2.6-abs($radius-300),0,1),clip(1.8-abs($radius-268),0,1))"
  local cross="clip(1.3-min(abs(X-W/2+0.5),abs(Y-H/2+0.5)),0,1)*gt($radius,200)*0.42"
  printf "color=%s:s=%sx%s:r=%s:d=1,trim=end_frame=1,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='235*max(%s,%s)',loop=-1:1,setpts=N/%s/TB,trim=duration=%s" \
    "$AMBER" "$WIDTH" "$HEIGHT" "$RATE" "$rings" "$cross" "$RATE" "$TITLE_AT"
}

leader_text() {
  local bold small
  bold="fontfile=$(font "$DIGITS")"
  small="$bold:fontsize=28:fontcolor=$MUTED"
  printf "%s," \
    "drawtext=$bold:fontsize=430:fontcolor=$PAPER:text='%{eif\:8-floor(t-$CARD)\:d}':x=(w-tw)/2:y=(h-th)/2:enable='gte(t,$CARD)'" \
    "drawtext=$bold:fontsize=54:fontcolor=$PAPER:text='PICTURE START':x=(w-tw)/2:y=(h-th)/2:enable='between(t,0.5,$CARD-0.25)'" \
    "drawtext=$small:text='DVS':x=56:y=48" \
    "drawtext=$small:text='REEL 1':x=w-tw-56:y=48" \
    "drawtext=$small:text='$RATE FRAMES':x=56:y=h-th-48"
  printf "%s" "drawtext=$small:text='SOUND':x=w-tw-56:y=h-th-48,fade=in:d=0.5"
}

# The light of the projector's lamp on the wall.
lamp() {
  local light='exp(-pow(hypot((X-W/2)/(0.46*W),(Y-H*0.52)/(0.50*H)),2))'
  printf "color=black:s=%sx%s:r=%s:d=1,trim=end_frame=1,format=gbrp,geq=r='18+72*%s':g='14+42*%s':b='11+16*%s',scale=%s:%s:flags=bicubic,loop=-1:1,setpts=N/%s/TB,trim=duration=%s" \
    $((WIDTH / 2)) $((HEIGHT / 2)) "$RATE" "$light" "$light" "$light" "$WIDTH" "$HEIGHT" "$RATE" "$TITLE"
}

# The flash of the splice, the name, and the cue mark that warned the projectionist.
title_text() {
  local serif italic
  serif="fontfile=$(font "$SERIF")"
  italic="fontfile=$(font "$ITALIC")"
  printf "%s," \
    "drawtext=$serif:fontsize=104:fontcolor=$PAPER:text='Distributed Video Store':x=(w-tw)/2:y=$((HEIGHT / 2 - 62)):alpha='clip((t-0.5)/0.9,0,1)'" \
    "drawtext=$italic:fontsize=36:fontcolor=$AMBER:text='demonstration reel  ·  rolo de demonstração':x=(w-tw)/2:y=$((HEIGHT / 2 + 92)):alpha='clip((t-1.8)/0.8,0,1)'" \
    "drawtext=$serif:fontsize=110:fontcolor=$PAPER:text='●':x=w-tw-64:y=36:enable='between(t,$TITLE-2.2,$TITLE-2)'" \
    "fade=in:d=0.25:color=$PAPER"
  printf "fade=out:st=%s:d=1" $((TITLE - 1))
}

# drawtext's own font option knows families only; fontconfig knows the style as well.
font() {
  fc-match --format '%{file}' "$1"
}

# Specks that last a frame and scratches that last a few. A hash of place and frame stands in for
# chance, so that the same film comes out every time.
wear() {
  local specks="gt(mod(abs(sin(X*12.9898+Y*78.233+N*37.719)*43758.5453),1),0.99995)"
  local scratches="gt(mod(abs(sin(X*91.17+floor(N/7)*47.31)*43758.5453),1),0.9992)"
  printf "color=black:s=320x180:r=%s:d=%s,format=gray,geq=lum='130*%s',scale=%s:%s:flags=bicubic[specks];" \
    "$RATE" "$LENGTH" "$specks" "$WIDTH" "$HEIGHT"
  printf "color=black:s=%sx2:r=%s:d=%s,format=gray,geq=lum='34*%s',scale=%s:%s:flags=neighbor[scratches];" \
    "$WIDTH" "$RATE" "$LENGTH" "$scratches" "$WIDTH" "$HEIGHT"
  printf "[specks][scratches]blend=all_mode=lighten,format=gbrp"
}

# What the machine adds: a lamp that trembles, a gate that weaves, and grain.
projector() {
  printf "%s," \
    "scale=$((WIDTH + 8)):$((HEIGHT + 8)):out_color_matrix=bt709,format=yuv420p" \
    "crop=$WIDTH:$HEIGHT:x='4+1.6*sin(n*0.31)':y='4+1.6*sin(n*0.53)'" \
    "eq=brightness='0.006*sin(n*2.1)+0.004*sin(n*0.7)':eval=frame"
  printf "noise=c0s=5:c0f=t:all_seed=1895"
}

# A beep for each number, a long one when the picture begins, a chord under the name, and the
# purr of the projector under everything.
sound() {
  local beat='mod(t,1)'
  local beep="0.22*sin(2*PI*1000*t)*between(t,$CARD,$TITLE_AT-0.5)*min(1,$beat/0.004)*clip((0.10-$beat)/0.01,0,1)"
  local long="0.22*sin(2*PI*1000*t)*gte(t,$TITLE_AT)*min(1,(t-$TITLE_AT)/0.004)*clip(($TITLE_AT+0.8-t)/0.05,0,1)"
  local swell="clip((t-$TITLE_AT-0.6)/2.5,0,1)*clip(($LENGTH-t)/4,0,1)"
  local chord="0.05*$swell*(sin(2*PI*110*t)+0.8*sin(2*PI*164.81*t)+0.6*sin(2*PI*220*t)+0.4*sin(2*PI*277.18*t)+0.25*sin(2*PI*493.88*t))"
  cat <<FILTERS
aevalsrc='$beep+$long+$chord':s=48000:d=$LENGTH[tones];
anoisesrc=color=brown:amplitude=0.25:seed=1895:r=48000:d=$LENGTH,highpass=f=120,lowpass=f=1400,tremolo=f=$RATE:d=0.7,volume=0.22[purr];
[tones][purr]amix=inputs=2:normalize=0,afade=in:d=0.4,afade=out:st=$((LENGTH - 1)):d=1[sound]
FILTERS
}

main "$@"
