# Ruby's own ways to talk: it handles SIGCHLD without SA_RESTART, and waits for children with WNOHANG.
require "open3"
require "socket"

words = File.read("#{ENV.fetch('E2E_DATA')}/lines")
sorted, status = Open3.capture2("sort -r", stdin_data: words * 20)
puts sorted.sum, status.exitstatus

reader, writer = IO.pipe
child = fork do
  reader.close
  500.times { |i| writer.puts i }
  exit! 7
end
writer.close
puts reader.each_line.sum(&:to_i)
Process.wait child
puts $?.exitstatus

30.times { |i| Process.wait(fork { exit! i }) }
puts $?.exitstatus

ours, theirs = UNIXSocket.pair
thread = Thread.new { theirs.write("y" * 300_000) and theirs.close }
puts ours.read.size
thread.join

puts 6.times.map { |i| Thread.new { `echo #{i}`.to_i } }.sum(&:value)
trap("USR1") { puts "USR1" }
Process.kill("USR1", Process.pid)
sleep 0.01
sleeper = spawn("sleep 100")
Process.kill(:TERM, sleeper)
Process.wait(sleeper)
puts $?.termsig
