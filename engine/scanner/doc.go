// Package scanner is the background engine: it does what time does to executions and mends what a lost message left undone
// (spec 05).
//
// Each scanner looks after one thing and is one file. Any number of engines may run on a deployment: they share the partitions out
// by leases in even parts, so that each is looked after by one of them. When that one dies another has its partitions within 7.5 s
// and looks at all that is due in them at once. Nothing depends on that for its correctness: every transition checks the record, and
// repeating it changes nothing.
//
// # How soon
//
// An index that is empty costs next to nothing to watch: one command asks a thousand of them. So whatever enters an empty index is
// seen within the scanner's interval, and then acted on at the moment it is due. An index that holds something is read by itself.
// While nothing in it is due it is read again only every so often: at the interval as long as few such indexes exist, and less
// often when they are many, so that all of them together cost no more than a fixed number of reads a second (quietReads). What this
// delays is an execution that enters such an index with a shorter wait than that: it is late by at most the number of such indexes
// divided by quietReads, that is 16 s when every one of 256 partitions holds suspended executions with a timeout, and 0.75 s as
// ever when fewer than 12 hold delayed ones.
//
// In a cluster no command asks more than one partition, so all scanners look for news together, every 4 s.
package scanner
