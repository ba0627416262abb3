# Standard output that cannot be written is a failure.
$ modferry-offline --help > /dev/full
modferry: write standard output: No space left on device
  next: free some space and run it again
? 5
$ modferry-offline --help >&-
modferry: write standard output: Bad file descriptor
  next: check the disc and the permissions
? 5
$ mkbundle u.tar.zst
$ modferry-offline list u.tar.zst --allow-unsigned --json > /dev/full
modferry: write standard output: No space left on device
  next: free some space and run it again
? 5
$ modferry-offline list u.tar.zst --allow-unsigned --manifest - > /dev/full
UNVERIFIED
modferry: write standard output: No space left on device
  next: free some space and run it again
? 5
$ modferry-offline list u.tar.zst --allow-unsigned >&-
modferry: write standard output: Bad file descriptor
  next: check the disc and the permissions
? 5
$ python3 -c 'import os, subprocess; r, w = os.pipe(); os.close(r); print(subprocess.run(["modferry-offline", "--help"], stdout=w).returncode)'
modferry: write standard output: Broken pipe
  next: check the disc and the permissions
5

# Closed descriptors never become files of ours.
$ modferry-offline keygen --secret a.key --public a.pub --no-password >&- 2>&-; tail -c +1 a.key | head -c 17
untrusted comment
$ modferry-offline verify - --allow-unsigned <&-
modferry: verify: standard input: read standard input: Bad file descriptor
  next: check the disc and the permissions
? 5
