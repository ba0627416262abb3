% when unshare -m sh -c 'mkdir -p mnt && mount -t tmpfs -o size=1m tmpfs mnt'

# No space left: exit status 5, and only temporaries or complete modules stay.
$ mkbundle u.tar.zst --big 8
$ unshare -m sh -c 'mkdir -p mnt && mount -t tmpfs -o size=4m tmpfs mnt && modferry-offline unpack u.tar.zst --proxy mnt --allow-unsigned; s=$?; find mnt -name "*big*.zip"; exit $s'
modferry: unpack into mnt: module example.com/big@v1.0.0: write v1.0.0.zip: No space left on device
  next: free some space and run it again
? 5
$ unshare -m sh -c 'mkdir -p mnt && mount -t tmpfs -o size=4m tmpfs mnt && modferry-offline keygen --secret a --public b --no-password > /dev/null && modferry-offline sign u.tar.zst --key a -o mnt/out > /dev/null; s=$?; ls -A mnt; exit $s'
modferry: sign u.tar.zst: write mnt/out: No space left on device
  next: free some space and run it again
? 5
